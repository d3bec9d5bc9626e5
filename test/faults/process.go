package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// startTimeout is what a process may take until it takes part.
const startTimeout = 30 * time.Second

// process is one that the driver has launched.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer // its end tells the process that the driver has gone
	log   string    // what it wrote to stderr
	said  string    // behind "ready"
	done  chan struct{}
	d     *driver

	code   int // read after done
	doomed bool
}

// launch starts this program in a role, and waits until it takes part.
func (d *driver) launch(r role) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	p := &process{name: r.Name, cmd: exec.Command(self), log: filepath.Join(d.dir, r.Name+".log"), done: make(chan struct{}), d: d}
	p.cmd.Env = append(slices.Clone(os.Environ()), roleVariable+"="+string(value))
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	p.cmd.Stderr = log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.journal.write(account.Entry{Kind: account.Launched, Member: r.Name})
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	began := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		out := bufio.NewReader(stdout)
		line, _ := out.ReadString('\n') // what it ends with tells more than the error
		began <- line
		_, _ = io.Copy(io.Discard, out)
	}()
	go func() {
		<-read
		p.wait()
	}()
	d.mu.Lock()
	d.all = append(d.all, p)
	d.mu.Unlock()
	select {
	case line := <-began:
		said, ok := strings.CutPrefix(line, ready)
		if !ok {
			<-p.done
			return nil, fmt.Errorf("%s ended at its start: %s", p.name, p.lastWords())
		}
		p.said = strings.TrimSpace(said)
		return p, nil
	case <-time.After(startTimeout):
		return nil, fmt.Errorf("%s has not come up within %s: %s", p.name, startTimeout, p.lastWords())
	}
}

// wait journals the process's end.
func (p *process) wait() {
	defer close(p.done)
	err := p.cmd.Wait()
	p.code = p.cmd.ProcessState.ExitCode()
	p.d.mu.Lock()
	doomed := p.doomed
	p.d.mu.Unlock()
	e := account.Entry{Kind: account.Ended, Member: p.name}
	if err != nil && !doomed {
		e.Text = fmt.Sprintf("%v: %s", err, p.lastWords())
	}
	p.d.journal.write(e)
}

// lastWords are the last line that it wrote to stderr.
func (p *process) lastWords() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(lines[len(lines)-1])
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process with SIGKILL, of which it learns nothing.
func (p *process) kill() {
	p.d.mu.Lock()
	p.doomed = true
	p.d.mu.Unlock()
	if err := p.cmd.Process.Kill(); err == nil {
		p.d.journal.write(account.Entry{Kind: account.Killed, Member: p.name})
	}
	<-p.done
}

// freeze stops the process where it stands, for a time.
func (p *process) freeze(d time.Duration) {
	p.d.journal.write(account.Entry{Kind: account.Freezing, Member: p.name})
	_ = p.cmd.Process.Signal(syscall.SIGSTOP) // it may have ended by itself, which the account tells
	time.Sleep(d)
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	p.d.journal.write(account.Entry{Kind: account.Thawed, Member: p.name})
}

// stop asks the process to end. One that does not is ended, and the account tells of it.
func (p *process) stop() error {
	p.d.journal.write(account.Entry{Kind: account.Stopping, Member: p.name})
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(3 * stopLimit):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines go to its log
		<-p.done
		return fmt.Errorf("%s did not end within %s", p.name, 3*stopLimit)
	}
}
