package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/eventcontracts/eventcontracts/examples/internal/process"
	"github.com/eventcontracts/eventcontracts/examples/internal/target"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// all are the folders of the services.
var all = []string{"todo-api", "notifier", "audit"}

// system is the three services and what they need.
type system struct {
	out      io.Writer
	bin      string // the folder of their binaries
	names    []string
	trail    string   // AUDIT_FILE
	environ  []string // of eventctl and the services: how to reach the cluster
	embedded *broker.Broker
	services map[string]*process.Process

	down func(context.Context) error // for tests, what else happens while services are stopped
}

func (s *system) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// compile builds the services, as any program that uses the bus, into a folder.
func compile(ctx context.Context, bin string) error {
	args := []string{"build", "-o", bin + string(filepath.Separator)}
	for _, name := range all {
		args = append(args, "github.com/eventcontracts/eventcontracts/examples/"+name)
	}
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build the services: %w\n%s", err, out)
	}
	return nil
}

// brokersVariable names the cluster that the example may write to.
const brokersVariable = "EXAMPLE_BROKERS"

// connect starts an embedded broker unless EXAMPLE_BROKERS names a cluster, and
// creates the topics. It refuses a cluster that has any of them.
func (s *system) connect(ctx context.Context) error {
	own := os.Getenv(brokersVariable)
	s.environ = target.Environ(own, false)
	if own == "" {
		b, err := broker.Start(broker.Config{})
		if err != nil {
			return err
		}
		s.embedded, s.environ = b, target.Environ(b.Addr(), true)
	}
	where := "Kafka on " + own
	if s.embedded != nil {
		where = "an embedded broker on " + s.embedded.Addr()
	}
	s.say("Three services on %s", where)
	if hint := target.Hint(brokersVariable); hint != "" {
		s.say("%s", hint)
	}
	args := []string{"topics", "apply", "--json"}
	if s.embedded != nil {
		args = append(args, "--replicas", "1")
	} else if n := os.Getenv("EXAMPLE_REPLICAS"); n != "" {
		args = append(args, "--replicas", n)
	}
	if s.embedded == nil {
		plan, err := s.eventctl(ctx, append(args, "--dry-run")...)
		if err != nil {
			return err
		}
		if err := target.CheckNew(plan); err != nil {
			return err
		}
	}
	out, err := s.eventctl(ctx, args...)
	if err != nil {
		return err
	}
	var topics []struct{ Action string }
	if err := json.Unmarshal(out, &topics); err != nil {
		return fmt.Errorf("eventctl topics apply: %w", err)
	}
	s.say("%d topics, as the contracts and services.yaml have them (eventctl topics apply)\n", len(topics))
	return nil
}

// getenv is the environment of the services and of eventctl.
func (s *system) getenv(key string) string { return target.Getenv(s.environ, key) }

// eventctl runs a command of eventctl, and returns what it printed.
func (s *system) eventctl(ctx context.Context, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: s.getenv}, args)
	if code != 0 {
		return nil, fmt.Errorf("eventctl %s: exit code %d: %s%s", strings.Join(args, " "), code, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// start starts services, each in a process of its own, and waits until they are
// ready.
func (s *system) start(ctx context.Context, names ...string) error {
	for _, name := range names {
		cmd := exec.Command(filepath.Join(s.bin, name))
		cmd.Env = s.environ
		p, err := process.Start(ctx, name, cmd, "AUDIT_FILE="+s.trail)
		if err != nil {
			return err
		}
		s.services[name] = p
	}
	for _, name := range names {
		p := s.services[name]
		if err := p.WaitReady(ctx); err != nil {
			return err
		}
		s.say("  %-8s is ready, process %d, %s", name, p.PID(), p.URL)
	}
	return nil
}

// stop ends services in order. Each must have ended by itself, and said so by its
// exit code.
func (s *system) stop(ctx context.Context, names ...string) error {
	s.say("\nSIGTERM")
	for _, name := range names {
		p := s.services[name]
		if err := p.Terminate(); err != nil {
			return fmt.Errorf("stop %s: %w", name, err)
		}
		if err := p.Wait(ctx); err != nil {
			return err
		}
		s.say("  %-8s has finished what it began, exit code 0", name)
	}
	return nil
}

// logs are what the services wrote to standard error.
func (s *system) logs() string {
	text := ""
	for _, name := range s.names {
		text += name + ":\n" + s.services[name].Log()
	}
	return text
}

// end leaves nothing behind, whatever went wrong.
func (s *system) end() {
	for name, p := range s.services {
		if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.say("%s, process %d, is still there: %v", name, p.PID(), err)
		}
	}
	if s.embedded != nil {
		s.embedded.Close()
	}
}
