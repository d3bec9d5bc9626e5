//go:build unix

package quickstart_test

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a command of a person may take: compiling everything on a busy
// machine. The page promises minutes.
const patience = 8 * time.Minute

// terminal is a shell that a person would have open.
type terminal struct {
	t    *testing.T
	in   io.Writer
	more chan struct{}
	done int // commands that have ended

	mu  sync.Mutex
	out bytes.Buffer
}

// open starts a shell in a directory. It ends with the test, with all that runs in it.
func open(t *testing.T, dir string, env []string) *terminal {
	t.Helper()
	w := &terminal{t: t, more: make(chan struct{}, 1)}
	cmd := exec.Command("bash", "--noprofile", "--norc")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.in = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the shell's group: whatever it started
		_ = cmd.Wait()                                      // it was killed
	})
	return w
}

func (w *terminal) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Write(p)
	select {
	case w.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

// screen is what was printed so far.
func (w *terminal) screen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.String()
}

// enter types a command, and does not wait for it.
func (w *terminal) enter(command string) {
	w.t.Helper()
	if _, err := io.WriteString(w.in, command+"\n"); err != nil {
		w.t.Fatalf("%s: %v", command, err)
	}
}

// run types a command and waits until it has succeeded.
func (w *terminal) run(command string) {
	w.t.Helper()
	w.done++
	w.enter(command)
	w.enter(fmt.Sprintf("echo \"[command %d: $?]\"", w.done))
	ended := w.wait(regexp.MustCompile(fmt.Sprintf(`\[command %d: (\d+)\]`, w.done)), command)
	if ended[1] != "0" {
		w.t.Fatalf("%s: exit code %s\n%s", command, ended[1], w.screen())
	}
}

// wait waits until something is on the screen.
func (w *terminal) wait(want *regexp.Regexp, what string) []string {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		if found := want.FindStringSubmatch(w.screen()); found != nil {
			return found
		}
		select {
		case <-w.more:
		case <-timeout:
			w.t.Fatalf("%s: %s was not printed, but:\n%s", what, want, w.screen())
		}
	}
}

// shows waits until a line of a page is on the screen: "…" stands for what differs from
// run to run.
func (w *terminal) shows(line string) {
	w.t.Helper()
	pattern := strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
	w.wait(regexp.MustCompile(`(?m)^`+pattern+`$`), line)
}
