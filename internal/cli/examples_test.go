//go:build !race

package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// example is one line of a command's help, without what only a shell does.
type example struct {
	line  string
	args  []string
	stdin string // a file
}

var (
	// Where eventctl's own part of a line ends: another program reads what it prints, or
	// the rest is a comment.
	shellEnd = regexp.MustCompile(` \| | > | # `)
	shellIn  = regexp.MustCompile(` < (\S+)$`)
)

func examplesOf(cmd *cobra.Command) []example {
	var out []example
	text := strings.ReplaceAll(cmd.Example, "\\\n", " ")
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		e := example{line: line}
		own := line
		if end := shellEnd.FindStringIndex(line); end != nil {
			own = line[:end[0]]
		}
		if in := shellIn.FindStringSubmatch(own); in != nil {
			own, e.stdin = strings.TrimSuffix(own, in[0]), in[1]
		}
		for _, word := range words.FindAllString(own, -1) {
			e.args = append(e.args, strings.Trim(strings.TrimSpace(word), `'"`))
		}
		out = append(out, e)
	}
	return out
}

// Every command says how it is called, in lines that a shell takes and that fit the
// command: its flags are parsed, and its arguments counted.
func TestEveryCommandHasExamplesThatParse(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	tree := func() *cobra.Command { return cli.Tree(e.env(&bytes.Buffer{}, &bytes.Buffer{})) }
	for _, cmd := range all(tree()) {
		examples := examplesOf(cmd)
		if len(examples) == 0 {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if cmd.Long == "" || !strings.HasSuffix(strings.TrimSpace(cmd.Long), ".") {
			t.Errorf("%s does not say in sentences what it does", cmd.CommandPath())
		}
		if strings.HasSuffix(cmd.Short, ".") || cmd.Short == "" {
			t.Errorf("%s: short text %q", cmd.CommandPath(), cmd.Short)
		}
		shown := false
		for _, x := range examples {
			if x.args[0] != "eventctl" {
				t.Errorf("%s: the example is of another program: %s", cmd.CommandPath(), x.line)
				continue
			}
			root := tree() // a flag is parsed into its command
			found, rest, err := root.Find(x.args[1:])
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), x.line, err)
				continue
			}
			shown = shown || strings.HasPrefix(found.CommandPath(), cmd.CommandPath())
			if out, err := exec.CommandContext(t.Context(), "bash", "-n", "-c", x.line).CombinedOutput(); err != nil {
				t.Errorf("%s: bash does not read %s: %s", cmd.CommandPath(), x.line, out)
			}
		}
		if !shown {
			t.Errorf("%s: no example is of the command itself", cmd.CommandPath())
		}
		help := e.ok(append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		for line := range strings.SplitSeq(help, "\n") {
			payload := strings.HasPrefix(line, "    '{") // a shell would break it, too
			if n := len([]rune(line)); n > 80 && !payload {
				t.Errorf("%s: a line of its help has %d characters, and a terminal 80: %s", cmd.CommandPath(), n, line)
			}
		}
	}
}

// Every example runs as it is written, on this repository's contracts with a broker:
// the lines of a help are the ones that newcomers paste.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	b := &eventctl{t: t, dir: root}
	broker := b.start("broker", "--port", "0")
	out := broker.wait("export KAFKA_BROKERS=")
	broker.wait("\n" + out[strings.Index(out, "export"):])
	_, brokers, _ := strings.Cut(strings.TrimSpace(broker.printed()), "KAFKA_BROKERS=")
	t.Cleanup(func() { broker.interrupt() })
	(&session{t: t, ctl: &eventctl{t: t, dir: root, brokers: brokers}}).die()
	const todo = `{"todo_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", "user_id": "3bef3d62-1869-4156-912c-d74879a3549f", "title": "Buy milk"}`
	(&eventctl{t: t, dir: root, brokers: brokers}).ok("publish", "TodoCreated", todo)

	newCtl := func(t *testing.T) *eventctl {
		e, _ := withContexts(t, "current: dev\ncontexts:\n  dev: {brokers: ["+brokers+"]}\n  staging: {brokers: ["+brokers+"]}\n")
		e.dir, e.brokers = root, brokers
		return e
	}
	var writing []example
	seen := map[string]bool{}
	for _, cmd := range all(cli.Tree(b.env(&bytes.Buffer{}, &bytes.Buffer{}))) {
		for _, x := range examplesOf(cmd) {
			switch {
			case seen[x.line]: // a parent shows it too
			case changing[x.args[1]]:
				writing = append(writing, x)
			default:
				t.Run(x.args[1], func(t *testing.T) {
					t.Parallel()
					x.run(t, newCtl(t), todo)
				})
			}
			seen[x.line] = true
		}
	}
	// In one copy of the repository, since each compiles what it has written; what only
	// shows a change comes first.
	t.Run("that write", func(t *testing.T) {
		t.Parallel()
		e := newCtl(t)
		e.dir = checkout(t, root)
		slices.SortStableFunc(writing, func(a, b example) int {
			dry := func(x example) int { return map[bool]int{false: 1}[strings.Contains(x.line, "--dry-run")] }
			return dry(a) - dry(b)
		})
		for _, x := range writing {
			if strings.HasPrefix(x.line, "eventctl init") {
				other := newCtl(t)
				other.dir = t.TempDir()
				other.vars["EVENTCTL_REPLACE"] = root
				x.run(t, other, todo)
				continue
			}
			x.run(t, e, todo)
		}
	})
}

// changing are the commands that write below the directory of the contracts.
var changing = map[string]bool{"init": true, "new": true, "add-field": true, "new-version": true, "new-consumer": true, "generate": true, "fixtures": true, "lock": true, "release": true}

func (x example) run(t *testing.T, e *eventctl, todo string) {
	t.Helper()
	args := append([]string{}, x.args[1:]...)
	for i, a := range args {
		switch {
		case strings.HasPrefix(a, "/tmp/"), strings.HasPrefix(a, "~/"):
			args[i] = t.TempDir()
		case a == "localhost:9092":
			args[i] = e.brokers
		}
	}
	switch {
	case args[0] == "context", strings.Contains(x.line, "--context"):
		e.brokers = "" // else two places would say where the cluster is
	case args[0] == "broker":
		args = append(args, "--port", "0")
		run := e.start(args...)
		run.wait("KAFKA_BROKERS=")
		if code := run.interrupt(); code != 0 {
			t.Errorf("%s: exit code %d after an interrupt", x.line, code)
		}
		return
	case args[len(args)-1] == "-f" || strings.Contains(x.line, " -f "):
		run := e.start(args...)
		run.wait("TodoCreated 2.0")
		if code := run.interrupt(); code != 0 {
			t.Errorf("%s: exit code %d after an interrupt", x.line, code)
		}
		return
	case x.stdin != "":
		e.stdin = strings.NewReader(todo + "\n" + todo)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if code := cli.Run(ctx, e.env(&out, &out), args); code != 0 {
		t.Errorf("%s: exit code %d\n%s", x.line, code, &out)
	}
}

// checkout is a copy of this repository as the next commit would have it.
func checkout(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	files := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list, err := files.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		from, err := os.Open(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		_ = from.Close() // only read
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
