//go:build !race

package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// The commands of docs/eventctl.md are run in order, on this repository's own
// contracts, and what they print is what the page shows: times and ids aside.
// UPDATE_GOLDEN=eventctl.md rewrites the page.
func TestDocsShowWhatCommandsPrint(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(root, "docs", "eventctl.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, ctl: &eventctl{t: t, dir: root}, names: map[string]string{"/tmp/events": t.TempDir(), "../broken": broken(t)}}
	var out []string
	var step *docStep
	finish := func() {
		if step == nil {
			return
		}
		got := s.run(*step)
		if diff := cmp.Diff(stable(step.lines), stable(got)); diff == "" {
			got = step.lines
		} else {
			t.Errorf("$ %s (-page +printed):\n%s", step.command, diff)
		}
		out = append(out, got...)
		step = nil
	}
	inside := false
	for _, line := range strings.Split(string(text), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			finish()
			inside = line == "```console"
			out = append(out, line)
		case inside && isCommand:
			finish()
			step = &docStep{command: command}
			out = append(out, line)
		case step != nil:
			step.lines = append(step.lines, line)
		default:
			out = append(out, line)
		}
	}
	s.broker.interrupt()
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern == "eventctl.md" || pattern == "*" {
		if err := os.WriteFile(page, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", page)
	}
}

// docStep is a command of the page with what the page says that it prints.
type docStep struct {
	command string
	lines   []string
}

func stable(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, uuids.ReplaceAllString(times.ReplaceAllString(l, "<time>"), "<id>"))
	}
	return out
}

// session runs the page's commands one after the other.
type session struct {
	t      *testing.T
	ctl    *eventctl
	broker *running
	names  map[string]string // the page's name of a path → the real one
	code   int
	dead   bool // the dead letters are there
}

func (s *session) run(step docStep) []string {
	s.t.Helper()
	if step.command == "echo $?" {
		return []string{strconv.Itoa(s.code)}
	}
	command := step.command
	s.ctl.stdin = nil
	if echo, rest, ok := strings.Cut(command, " | "); ok {
		s.ctl.stdin = strings.NewReader(strings.Trim(strings.TrimPrefix(echo, "echo "), "'"))
		command = rest
	}
	args := words.FindAllString(command, -1)
	for i, a := range args {
		args[i] = strings.Trim(a, `'"`)
		if real, ok := s.names[args[i]]; ok {
			args[i] = real
		}
	}
	switch {
	case args[0] == "export":
		return nil // the session's environment has it
	case args[0] != "eventctl":
		s.t.Fatalf("the page runs %q, which this test cannot", step.command)
	case args[1] == "broker":
		s.broker = s.ctl.start(append(args[1:], "--port", "0")...)
		out := s.broker.wait("export KAFKA_BROKERS=")
		s.broker.wait("\n" + out[strings.Index(out, "export"):])
		_, s.ctl.brokers, _ = strings.Cut(strings.TrimSpace(s.broker.printed()), "KAFKA_BROKERS=")
		return s.shown(s.broker.printed())
	case args[1] == "dlq" && !s.dead:
		s.dead = true
		s.die()
	}
	if args[len(args)-1] == "-f" {
		run := s.ctl.start(args[1:]...)
		out := run.wait("\n")
		s.code = run.interrupt()
		return append(s.shown(out), "^C")
	}
	var out bytes.Buffer
	s.code = cli.Run(s.t.Context(), s.ctl.env(&out, &out), args[1:])
	return s.shown(out.String())
}

// shown is output with the page's names.
func (s *session) shown(out string) []string {
	if s.ctl.brokers != "" {
		out = strings.ReplaceAll(out, s.ctl.brokers, "127.0.0.1:9092")
	}
	for name, path := range s.names {
		if rel, err := filepath.Rel(s.ctl.dir, path); err == nil { // first: it may end in path
			out = strings.ReplaceAll(out, rel, name)
		}
		out = strings.ReplaceAll(out, path, name)
	}
	if out == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// die writes the dead letters of the page's notifier: one of a mail server that
// was down, and one that is no event.
func (s *session) die() {
	s.t.Helper()
	var event struct{ Key, Value string }
	out := s.ctl.ok("publish", "TodoCreated", "--dry-run", "--json", "--time", "2026-01-02T15:04:05Z",
		`{"todo_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", "user_id": "3bef3d62-1869-4156-912c-d74879a3549f", "title": "Buy milk"}`)
	if err := json.Unmarshal([]byte(out), &event); err != nil {
		s.t.Fatal(err)
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(s.ctl.brokers))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	for i, l := range []struct{ reason, text, typ, handler, attempts, key, value string }{
		{"retries_exhausted", "smtp: connection refused", "TodoCreated", "events.todo.v1.TodoCreated", "10", event.Key, event.Value},
		{"not_an_event", "the value is not a JSON object", "", "", "0", event.Key, "hello"},
	} {
		r := &kgo.Record{Topic: "todos.notifier.dlq", Key: []byte(l.key), Value: []byte(l.value)}
		offset := strconv.Itoa(17 + i)
		for _, h := range [][2]string{
			{"dlq-id", "notifier/todos/1/" + offset},
			{"dlq-reason", l.reason},
			{"dlq-error", l.text},
			{"dlq-topic", "todos"},
			{"dlq-partition", "1"},
			{"dlq-offset", offset},
			{"dlq-timestamp", "1767366245123"},
			{"dlq-group", "notifier"},
			{"dlq-handler", l.handler},
			{"dlq-attempts", l.attempts},
			{"dlq-first-failed-at", "2026-01-02T15:04:05Z"},
			{"dlq-failed-at", "2026-01-02T15:05:25Z"},
			{"dlq-event-type", l.typ},
			{"dlq-origin-topic", "todos"},
			{"dlq-origin-partition", "1"},
			{"dlq-origin-offset", offset},
			{"dlq-origin-timestamp", "1767366245123"},
		} {
			if h[1] != "" {
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
			}
		}
		if err := c.ProduceSync(s.t.Context(), r).FirstErr(); err != nil {
			s.t.Fatal(err)
		}
	}
}
