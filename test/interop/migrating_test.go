//go:build interop

package interop_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/test/interop"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// The commands of docs/migrating.md are run in order by one shell, on a Kafka
// of their own, and what they print is what the page shows: ids, times and
// places aside. UPDATE_GOLDEN=migrating.md rewrites the page.
func TestTheMigrationGuideWorks(t *testing.T) {
	t.Parallel()
	page := filepath.Join(interop.Root(), "docs", "migrating.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	s := newShell(t, kafkatest.Start(t).Brokers()[0])
	var out []string
	var step *command
	ran := 0
	finish := func() {
		if step == nil {
			return
		}
		ran++
		got := s.run(*step)
		if diff := cmp.Diff(step.stable(step.shown), step.stable(got)); diff == "" {
			got = step.shown
		} else {
			t.Errorf("$ %s (-page +printed):\n%s", step.line, diff)
		}
		out = append(out, got...)
		step = nil
	}
	inside := false
	for line := range strings.SplitSeq(string(text), "\n") {
		given, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			finish()
			inside = line == "```console"
			out = append(out, line)
		case inside && isCommand:
			finish()
			step = &command{line: given}
			out = append(out, line)
		case step != nil:
			step.shown = append(step.shown, line)
		default:
			out = append(out, line)
		}
	}
	if ran < 20 {
		t.Errorf("the page has %d commands: is it still read as it is written?", ran)
	}
	if os.Getenv("UPDATE_GOLDEN") == "migrating.md" {
		if err := os.WriteFile(page, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", page)
	}
}

// command is a command of the page with what the page says that it prints.
type command struct {
	line  string
	shown []string
}

// looks reports whether a command only looks at what others bring about. It is
// repeated until they have, as a person would.
func (c command) looks() bool {
	for _, prefix := range []string{"cat ", "grep ", "eventctl tail ", "eventctl dlq list", "kafka-consumer-groups.sh "} {
		if strings.HasPrefix(c.line, prefix) {
			return true
		}
	}
	return false
}

var (
	ids4or7 = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	stamps  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?`)
	places  = regexp.MustCompile(`\b\d+/\d+\b`)
	blanks  = regexp.MustCompile(` +`)
)

// stable is output without what differs from run to run. Where records lie on
// several partitions, their order does.
func (c command) stable(lines []string) []string {
	var out []string
	for _, l := range lines {
		l = stamps.ReplaceAllString(ids4or7.ReplaceAllString(l, "<id>"), "<time>")
		out = append(out, strings.TrimSpace(blanks.ReplaceAllString(places.ReplaceAllString(l, "<place>"), " ")))
	}
	if c.looks() {
		slices.Sort(out)
	}
	return out
}

// shell is a bash that runs one command after the other.
type shell struct {
	t     *testing.T
	stdin io.Writer
	lines chan string
	names *strings.Replacer // the page's names → the real ones
	shown *strings.Replacer
}

func newShell(t *testing.T, brokers string) *shell {
	t.Helper()
	bin, work := t.TempDir(), t.TempDir()
	for name, class := range map[string]string{
		"kafka-topics.sh":          "org.apache.kafka.tools.TopicCommand",
		"kafka-configs.sh":         "org.apache.kafka.tools.ConfigCommand",
		"kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
	} {
		// As Kafka's own scripts do, on what setup.sh has fetched.
		script := "#!/bin/bash\njava -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '" + interop.Root() + "/test/interop/jars/*' " + class + " \"$@\" 2>&1 | grep -v -e SLF4J -e StatusLogger\nexit ${PIPESTATUS[0]}\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash")
	cmd.Dir = interop.Root()
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1", "HTTP_ADDR=localhost:0", "PROBE_ADDR=localhost:0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &shell{
		t: t, stdin: stdin, lines: make(chan string, 10000),
		names: strings.NewReplacer("/tmp/migration", work, "localhost:9092", brokers),
		shown: strings.NewReplacer(work, "/tmp/migration", brokers, "localhost:9092"),
	}
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			s.lines <- lines.Text()
		}
		close(s.lines)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := filepath.Glob(filepath.Join(work, "*.err"))
			for _, log := range logs {
				b, _ := os.ReadFile(log)
				t.Logf("%s:\n%s", log, b)
			}
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with what it has started
		_ = cmd.Wait()
	})
	return s
}

// run runs a command and returns what it printed, in the page's names. One that
// fails says so.
func (s *shell) run(c command) []string {
	s.t.Helper()
	limit := 30 * time.Second
	if os.Getenv("UPDATE_GOLDEN") != "" {
		limit = 3 * time.Second // what the page shows may be what changes
	}
	deadline := time.Now().Add(limit)
	for {
		lines := s.once(c.line)
		if !c.looks() || slices.Equal(c.stable(lines), c.stable(c.shown)) || time.Now().After(deadline) {
			return lines
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // between two looks
	}
}

const mark = "@@ exit code "

func (s *shell) once(line string) []string {
	s.t.Helper()
	// Braces keep variables, and the input from the command.
	if _, err := fmt.Fprintf(s.stdin, "{\n%s\n} </dev/null\nprintf '\\n%s%%d\\n' $?\n", s.names.Replace(line), mark); err != nil {
		s.t.Fatal(err)
	}
	var out []string
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case l, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("the shell has ended at %q", line)
			}
			if code, done := strings.CutPrefix(l, mark); done {
				if n := len(out); n > 0 && out[n-1] == "" {
					out = out[:n-1]
				}
				if code != "0" {
					out = append(out, "exit code "+code)
				}
				return out
			}
			out = append(out, s.shown.Replace(l))
		case <-timeout:
			s.t.Fatalf("%q does not end, but printed:\n%s", line, strings.Join(out, "\n"))
		}
	}
}
