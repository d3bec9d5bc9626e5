//go:build unix

package measure

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// Variable has the Task of a process, as JSON. Each measurement has a process of
// its own, so that no series runs with the heap, the threads or the collector's
// pace of another.
const Variable = "EVENTCONTRACTS_BENCH_ROLE"

// Task is what a process is asked for.
type Task struct {
	Role    string
	Addr    string // of the broker
	Topic   string // where the records are
	Corpus  string // file
	Series  Series
	Records int
	Group   string         // consumer group
	Profile string         // prefix of profiles, or ""
	Warm    int            // records before the clock starts
	Log     int            // records of the log to be loaded
	Topics  map[string]int // that the broker has, with their partitions
	Format  string         // of the values of Corpus; "": as the bus writes them
}

// Series is one way of doing one thing.
type Series struct {
	Name     string
	Peer     string // of package peers, by its name; "": the bus or the raw client
	Python   string // program of folder python
	Raw      bool
	Blind    bool // raw, without Opaque: it learns of no record what became of it
	Consume  bool
	BusAlone bool // codec and validation replaced by a copy
	Call     Call
	Callers  int
	Batch    int // events a call
	LingerMs int
	Rate     int     // events a second, where latency is measured
	Headroom bool    // memory that makes collections rare
	Target   float64 // ratio to raw with the same headroom; 0: only shown
	Roomy    float64 // Target with headroom, where that differs
	Bus      bool    // the one that peers are compared with
	Beat     float64 // how many times its rate the bus is to reach; 0: only shown
	Records  int     // instead of the task's: a slow one would take minutes
	Warm     int     // as Records
	Expect   float64 // events a second, by which a run's length is foretold
}

// Call is a method of a producer.
type Call string

// The calls that are measured.
const (
	CallBatch   Call = "PublishBatch"
	CallAsync   Call = "PublishAsync"
	CallPublish Call = "Publish"
)

// headroom is how much memory without pointers a series with headroom keeps, in
// bytes.
const headroom = 32 << 20

// Measure is what measured returns. A series with headroom keeps memory meanwhile:
// with a larger live heap, the collector runs less often.
func (s Series) Measure(measured func() (Result, error)) (Result, error) {
	if s.Headroom {
		ballast := make([]byte, headroom)
		defer runtime.KeepAlive(ballast)
	}
	runtime.GC()
	return measured()
}

// FromEnv is the task of this process; false if it has none.
func FromEnv() (t Task, ok bool, err error) {
	text, ok := os.LookupEnv(Variable)
	if !ok {
		return t, false, nil
	}
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return t, true, fmt.Errorf("read the task: %w", err)
	}
	return t, true, nil
}

// Environ is the environment of a process with this task.
func (t Task) Environ() ([]string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write the task: %w", err)
	}
	return append(os.Environ(), Variable+"="+string(text)), nil
}

// Answer prints the process's answer as one line, for who started it.
func Answer(answer any) error { return json.NewEncoder(os.Stdout).Encode(answer) }
