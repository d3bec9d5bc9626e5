package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
)

// childVariable makes this program a member of a group instead of the demo. Its
// value is a memberConfig.
const childVariable = "EVENTCONTRACTS_DEMO_MEMBER"

// childMain is the whole life of a child process: it says when it takes part,
// and stops when its parent has gone or tells it to.
func childMain(value string) int {
	var cfg memberConfig
	if err := json.Unmarshal([]byte(value), &cfg); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %s: %v\n", childVariable, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		cancel()
	}()
	c, err := clusterOfParent()
	var m *member
	if err == nil {
		m, err = newMember(c, cfg)
	}
	if err == nil {
		ready := make(chan struct{})
		go func() {
			<-ready
			fmt.Println(childReady)
		}()
		err = m.run(ctx, ready)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		return 1
	}
	return 0
}

const childReady = "ready"

// child is a member in a process of its own.
type child struct {
	cmd *exec.Cmd // holds the other end of the child's stdin
	log *os.File
}

// startChild starts this program again as a member, and waits until it takes
// part.
func startChild(c cluster, cfg memberConfig) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start a child process: %w", err)
	}
	value, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("start a child process: %w", err)
	}
	ch := &child{cmd: exec.Command(self)}
	ch.cmd.Env = append(slices.Clone(c.environ), childVariable+"="+string(value))
	ch.log, err = os.Create(filepath.Join(cfg.Dir, cfg.Group+"."+cfg.Name+".stderr"))
	if err != nil {
		return nil, fmt.Errorf("start a child process: %w", err)
	}
	ch.cmd.Stderr = ch.log
	_, err = ch.cmd.StdinPipe()
	var stdout io.ReadCloser
	if err == nil {
		stdout, err = ch.cmd.StdoutPipe()
	}
	if err == nil {
		err = ch.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a child process: %w", err), ch.log.Close())
	}
	if said, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		_ = ch.stop()
		why, _ := os.ReadFile(ch.log.Name())
		return nil, fmt.Errorf("the child process ended at its start, saying %q: %w", said+string(why), err)
	}
	return ch, nil
}

func (ch *child) pid() int { return ch.cmd.Process.Pid }

// freeze stops the process where it stands, and thaw lets it go on.
func (ch *child) freeze() error { return ch.cmd.Process.Signal(syscall.SIGSTOP) }
func (ch *child) thaw() error   { return ch.cmd.Process.Signal(syscall.SIGCONT) }

// kill ends the process with SIGKILL: it can do nothing about it.
func (ch *child) kill() error {
	err := ch.cmd.Process.Kill()
	return errors.Join(err, ch.reap(true))
}

// stop lets the member finish what it has begun.
func (ch *child) stop() error {
	_ = ch.thaw() // it may stand still, or be gone
	err := ch.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return errors.Join(err, ch.reap(false))
}

func (ch *child) reap(killed bool) error {
	err := ch.cmd.Wait()
	var exit *exec.ExitError
	if killed && errors.As(err, &exit) {
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signal() == syscall.SIGKILL {
			err = nil
		}
	}
	if err != nil {
		err = fmt.Errorf("child process %d: %w", ch.pid(), err)
	}
	return errors.Join(err, ch.log.Close())
}
