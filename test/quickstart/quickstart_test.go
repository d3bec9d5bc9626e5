//go:build unix

// Package quickstart_test does what a newcomer does: it follows docs/quickstart.md in
// real shells, and tries a new repository of contracts as its team would.
package quickstart_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// checkout is this repository.
var checkout = sync.OnceValues(func() (string, error) { return filepath.Abs("../..") })

// bin is where eventctl is installed, once for all newcomers: linking it takes seconds.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		root, err := checkout()
		if err == nil {
			bin, err = os.MkdirTemp("", "eventcontracts-quickstart-")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(bin) }() // it is temporary anyway
		build := exec.Command("go", "build", "-o", bin+"/", "./cmd/eventctl")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build eventctl: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// newcomer is a place with nothing but Go and an installed eventctl, and the environment
// of a person there. A repository that is made there requires this checkout, where a
// person has a release. Nothing is fetched.
func newcomer(t *testing.T) (dir string, env []string) {
	t.Helper()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "KAFKA_") && !strings.HasPrefix(v, "EVENTCTL_") && !strings.HasPrefix(v, "GOFLAGS=") {
			env = append(env, v)
		}
	}
	env = append(
		env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "XDG_CONFIG_HOME="+home,
		"EVENTCTL_REPLACE="+root, "GOPROXY=off", "GOFLAGS=-buildvcs=false -trimpath",
		"PROBE_ADDR=localhost:0", // 8081, the service's own, may be taken here
	)
	dir = filepath.Join(home, "work")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, env
}

// step is a block of the page: commands for a terminal, or what it shows then.
type step struct {
	terminal string
	commands []string
	shows    []string
}

// steps reads the page. A comment says in which terminal the blocks below it are.
func steps(t *testing.T) []step {
	t.Helper()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "quickstart.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []step
	name, kind := "1", ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if m := regexp.MustCompile(`^<!-- terminal (\d+) -->$`).FindStringSubmatch(line); m != nil {
			name = m[1]
			continue
		}
		if fence, ok := strings.CutPrefix(line, "```"); ok {
			if kind = fence; kind == "sh" || kind == "text" {
				out = append(out, step{terminal: name})
			}
			continue
		}
		switch {
		case kind == "sh":
			out[len(out)-1].commands = append(out[len(out)-1].commands, line)
		case kind == "text":
			out[len(out)-1].shows = append(out[len(out)-1].shows, line)
		}
	}
	return out
}

// Ten commands is what a page can ask of a person who wants to see whether this is
// anything for them, and five minutes.
func TestTheQuickstartIsQuickAndWorks(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	dir, env := newcomer(t)
	page := steps(t)
	port := freePort(t)
	terminals := map[string]*terminal{}
	commands := 0
	for i, s := range page {
		w := terminals[s.terminal]
		if w == nil {
			w = open(t, dir, env)
			terminals[s.terminal] = w
		}
		for n, command := range s.commands {
			commands++
			command = port(command)
			// The last command of a block goes on if the page says what it shows then and
			// leaves it running: it is the last of its terminal.
			last := n == len(s.commands)-1
			for _, later := range page[i+1:] {
				last = last && (later.terminal != s.terminal || len(later.commands) == 0)
			}
			if last && s.terminal != lastTerminal(page) {
				w.enter(command)
			} else {
				w.run(command)
			}
		}
		for _, line := range s.shows {
			w.shows(port(line))
		}
	}
	if commands == 0 || commands > 10 {
		t.Errorf("the page has %d commands", commands)
	}
	if len(terminals) < 2 {
		t.Error("the page publishes from the terminal that shows the event")
	}
	t.Logf("%d commands, %s", commands, time.Since(begin).Round(time.Second))
}

// lastTerminal is where the page's last commands are: they end.
func lastTerminal(page []step) string {
	for i := len(page) - 1; i >= 0; i-- {
		if len(page[i].commands) > 0 {
			return page[i].terminal
		}
	}
	return ""
}

// freePort gives what puts a free port into the page's lines, should Kafka's own be
// taken on this machine. Otherwise they stay as they are.
func freePort(t *testing.T) func(string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:9092")
	if err == nil {
		_ = l.Close() // it only looked
		return func(line string) string { return line }
	}
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close() // it only looked
	t.Logf("port 9092 is taken: the page is run with %s", port)
	return func(line string) string {
		if line == "eventctl broker" {
			line += " --port 9092"
		}
		return strings.ReplaceAll(line, "9092", port)
	}
}

// The first screen of README.md is the page's path, and nothing else.
func TestTheReadmeBeginsWithTheQuickstart(t *testing.T) {
	t.Parallel()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "quickstart.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```console\n")
	block, _, _ = strings.Cut(block, "```")
	n := 0
	for line := range strings.Lines(block) {
		line, _, _ = strings.Cut(strings.TrimPrefix(line, "$ "), " #")
		for _, command := range strings.Split(line, " && ") {
			command = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(command), "…"))
			if n++; !strings.Contains(string(page), command) {
				t.Errorf("README.md says %q, and docs/quickstart.md does not", command)
			}
		}
	}
	if n < 5 {
		t.Errorf("README.md begins with %d commands", n)
	}
}
