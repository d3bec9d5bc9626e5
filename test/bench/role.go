package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// The parts that a process of this program plays: the broker, the corpus or one
// measurement.
const (
	roleBroker  = "broker"
	roleCorpus  = "corpus"
	roleLoad    = "load"
	roleMeasure = "measure"
	roleMemory  = "memory"
	roleLatency = "latency"
)

// play does what the task asks, and prints the answer on a line.
func play(t measure.Task) error {
	var answer any
	var err error
	switch t.Role {
	case roleBroker:
		return serve(t)
	case roleCorpus:
		err = peers.WriteCorpus(t.Corpus, t.Format)
	case roleLoad:
		err = peers.Load(t)
	case roleMeasure:
		answer, err = measured(t)
	case roleLatency:
		answer, err = peers.Latency(t)
	case roleMemory:
		answer, err = slowConsume(t)
	default:
		err = fmt.Errorf("unknown role %q", t.Role)
	}
	if err != nil {
		return err
	}
	return measure.Answer(answer)
}

// measured does the measurement that the task asks for. The series of the bus alone
// are the test's, see busalone.go; those of Python are python.go's.
func measured(t measure.Task) (measure.Result, error) {
	p, err := peers.Of(t.Series)
	if err != nil {
		return measure.Result{}, err
	}
	return t.Series.Measure(func() (measure.Result, error) { return p.Measure(t) })
}

// command is a process of this program with a task.
func command(t measure.Task) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return commandOf(t, self)
}

func commandOf(t measure.Task, program string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(program, args...)
	var err error
	cmd.Env, err = t.Environ()
	cmd.Stderr = os.Stderr
	return cmd, err
}

// do runs a task to its end in a process of this program and reads its answer.
func do(t measure.Task, answer any) error {
	cmd, err := command(t)
	if err != nil {
		return err
	}
	return finish(t, cmd, answer)
}

// finish runs a process to its end and reads its answer, which is the first thing
// that it prints: a test goes on with its verdict.
func finish(t measure.Task, cmd *exec.Cmd, answer any) error {
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", t.Role, t.Series.Name, err, out)
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(answer); err != nil {
		return fmt.Errorf("%s %s: read the answer %.200q: %w", t.Role, t.Series.Name, out, err)
	}
	return nil
}
