// Package process runs an example service as a process of its own, for the
// runner of the system and for tests that stop it.
package process

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Process is a running service.
type Process struct {
	Name string
	URL  string // of its HTTP server; of one that has only probes, theirs

	probes string // URL of its probes

	cmd   *exec.Cmd
	log   *log
	ended chan struct{}
	err   error // of its end, once ended is closed
}

// Start starts cmd with more variables in its environment, which is this process's unless
// cmd has one, and waits until it
// serves HTTP. HTTP_ADDR and PROBE_ADDR are free ports.
func Start(ctx context.Context, name string, cmd *exec.Cmd, env ...string) (*Process, error) {
	p := &Process{Name: name, cmd: cmd, log: newLog(), ended: make(chan struct{})}
	cmd.Env = append(append(cmd.Environ(), env...), "HTTP_ADDR=localhost:0", "PROBE_ADDR=localhost:0")
	cmd.Stderr = p.log
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	served := []chan string{p.log.probes}
	if name == "todo-api" { // the others answer nobody else
		served = append(served, p.log.url)
	}
	for _, url := range served {
		select {
		case p.URL = <-url:
			p.probes = cmp.Or(p.probes, p.URL)
		case <-p.ended:
			return nil, fmt.Errorf("%s ended at its start: %w\n%s", name, p.err, p.Log())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s does not serve HTTP: %w\n%s", name, errors.Join(ctx.Err(), p.Kill()), p.Log())
		}
	}
	return p, nil
}

// Probes is the URL of the service's probes.
func (p *Process) Probes() string { return p.probes }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is what the service wrote to standard error.
func (p *Process) Log() string { return p.log.String() }

// WaitReady waits until the service's readiness probe succeeds.
func (p *Process) WaitReady(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.probes+"/readyz", nil)
		if err != nil {
			return err
		}
		state := ""
		if resp, err := http.DefaultClient.Do(req); err == nil {
			body, _ := io.ReadAll(resp.Body) // it only says why not
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			state = string(bytes.TrimSpace(body))
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("%s ended before it was ready: %w\n%s", p.Name, p.err, p.Log())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready, %s: %w\n%s", p.Name, state, ctx.Err(), p.Log())
		}
	}
}

// Terminate asks the service to stop, as Kubernetes does, by SIGTERM.
func (p *Process) Terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// Wait waits for the service's end, and returns an error unless it was a clean
// one.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.ended:
	case <-ctx.Done():
		return fmt.Errorf("%s does not end: %w\n%s", p.Name, errors.Join(ctx.Err(), p.Kill()), p.Log())
	}
	if p.err != nil {
		return fmt.Errorf("%s ended: %w\n%s", p.Name, p.err, p.Log())
	}
	return nil
}

// Kill ends the service at once, and waits for that. It does nothing if the
// service has ended.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// log keeps what a service writes, and finds the addresses that it serves on.
type log struct {
	mu          sync.Mutex
	text        bytes.Buffer
	url, probes chan string
	told        int // addresses
}

func newLog() *log { return &log{url: make(chan string, 1), probes: make(chan string, 1)} }

var serving = regexp.MustCompile(`serving HTTP (for=probes )?addr=(\S+)\n`)

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(b)
	for _, m := range serving.FindAllSubmatch(l.text.Bytes(), -1)[l.told:] {
		to := l.url
		if len(m[1]) > 0 {
			to = l.probes
		}
		l.told++
		to <- "http://" + string(m[2])
	}
	return n, err
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
