package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// roleVariable tells a process which part it plays: the broker, the corpus or
// one measurement. Each has a process of its own, so that no series runs with
// the heap, the threads or the collector's pace of another.
const roleVariable = "EVENTCONTRACTS_BENCH_ROLE"

// task is what a process is asked for, in the environment as JSON.
type task struct {
	Role    string
	Addr    string // broker
	Corpus  string // file
	Series  series
	Records int
	Group   string // consumer group
	Profile string // prefix of profiles, or ""
	Warm    int    // records before the clock starts
	Log     int    // records of the log to be loaded
	Groups  int    // groups whose topics the broker has
}

const (
	roleBroker  = "broker"
	roleCorpus  = "corpus"
	roleLoad    = "load"
	roleMeasure = "measure"
	roleMemory  = "memory"
)

// play does what the role asks, and prints the answer on a line.
func play(role string) error {
	var t task
	if err := json.Unmarshal([]byte(role), &t); err != nil {
		return fmt.Errorf("read the task: %w", err)
	}
	var answer any
	var err error
	switch t.Role {
	case roleBroker:
		return serve(t)
	case roleCorpus:
		err = writeCorpus(t.Corpus)
	case roleLoad:
		err = load(t)
	case roleMeasure:
		answer, err = t.measure()
	case roleMemory:
		answer, err = slowConsume(t)
	default:
		err = fmt.Errorf("unknown role %q", t.Role)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func (t task) command() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write the task: %w", err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// do runs the task to its end and reads its answer.
func (t task) do(answer any) error {
	cmd, err := t.command()
	if err != nil {
		return err
	}
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w", t.Role, t.Series.Name, err)
	}
	if err := json.Unmarshal(out, answer); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", t.Role, t.Series.Name, err)
	}
	return nil
}
