package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait for a child process.
const patience = 30 * time.Second

// Child is a Python program under way. It talks by lines of JSON: requests to
// its input, answers from its output, and ends when its input does.
type Child struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan []byte
	exited chan struct{}
	stderr output
}

// output collects what a child prints while others read it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Interpreter is the Python of the pinned packages.
func Interpreter() string {
	return filepath.Join(Root(), "test", "interop", ".venv", "bin", "python")
}

// Python starts a program of folder test/interop with the package's cluster as
// KAFKA_BROKERS. It has ended when the test has.
func Python(t testing.TB, program string, args ...string) *Child {
	t.Helper()
	c := &Child{t: t, lines: make(chan []byte, 1024), exited: make(chan struct{})}
	c.cmd = exec.Command(Interpreter(), append([]string{filepath.Join(Root(), "test", "interop", program)}, args...)...)
	c.cmd.Env = append(os.Environ(), "KAFKA_BROKERS="+strings.Join(brokers, ","), "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
	c.cmd.Stderr = &c.stderr
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatalf("%s: %v: run it by make test-interop, which makes the environment", program, err)
	}
	go c.read(stdout)
	t.Cleanup(func() {
		_ = c.stdin.Close()
		select {
		case <-c.exited:
		case <-time.After(patience):
			_ = c.cmd.Process.Kill()
			<-c.exited
			t.Errorf("%s does not end with its input", program)
		}
		if t.Failed() {
			t.Logf("%s:\n%s", program, c.stderr.String())
		}
	})
	return c
}

// read passes on the child's lines until it has ended.
func (c *Child) read(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		c.lines <- bytes.Clone(lines.Bytes())
	}
	close(c.lines)
	_ = c.cmd.Wait() // the code is in ProcessState
	close(c.exited)
}

// Send writes a request.
func (c *Child) Send(request any) {
	c.t.Helper()
	b, err := json.Marshal(request)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.stdin.Write(append(b, '\n')); err != nil {
		c.t.Fatalf("write to the Python program: %v\n%s", err, c.stderr.String())
	}
}

// Next waits for the next answer.
func (c *Child) Next(answer any) {
	c.t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			c.t.Fatalf("the Python program has ended:\n%s", c.stderr.String())
		}
		if err := json.Unmarshal(line, answer); err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
	case <-time.After(patience):
		c.t.Fatalf("the Python program does not answer:\n%s", c.stderr.String())
	}
}

// Ready reads the next answer if it has come.
func (c *Child) Ready(answer any) bool {
	c.t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			return false
		}
		if err := json.Unmarshal(line, answer); err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
		return true
	default:
		return false
	}
}

// Stop ends the child as an orchestrator does, and returns its exit code.
func (c *Child) Stop() int {
	c.t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	return c.Wait()
}

// Wait waits until the child has ended and returns its exit code.
func (c *Child) Wait() int {
	c.t.Helper()
	select {
	case <-c.exited:
		return c.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		c.t.Fatalf("the Python program does not end:\n%s", c.stderr.String())
		return -1
	}
}

// Stderr is what the child has printed as errors.
func (c *Child) Stderr() string { return c.stderr.String() }
