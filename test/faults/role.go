package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// roleVariable makes this program one process of a run. Its value is a role.
const roleVariable = "EVENTCONTRACTS_FAULTS_ROLE"

// role is what a process does, and with what.
type role struct {
	Name    string // of its journal
	Kind    string // broker, producer or member
	Dir     string
	Brokers []string

	Seed        uint64
	Rate        int
	Keys        []int // of a producer: those from Keys[0] to Keys[1]
	Partitions  int
	Protocol    string
	Stubborn    int
	LetterDelay time.Duration
}

// ready is what a process prints once it takes part, with the broker's address behind it.
const ready = "ready"

// canary is in each event, and nowhere else.
const canary = "canary-27182818284590452353602874713527"

// journalFile names the journal of a process.
func journalFile(dir, name string) string { return filepath.Join(dir, name+".journal") }

// roleMain is the whole life of a process in a role. It ends when it is told to, or
// with the driver. Exit code 2 says that its journal cannot be relied on.
func roleMain(value string) int {
	var r role
	if err := json.Unmarshal([]byte(value), &r); err != nil {
		fmt.Fprintf(os.Stderr, "faults: %s: %v\n", roleVariable, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3) // the driver has gone
	}()
	go tellGoroutines()
	j, err := account.CreateJournal(journalFile(r.Dir, r.Name))
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 2
	}
	book := &journal{j}
	switch r.Kind {
	case "broker":
		err = r.broker(ctx, book)
	case "producer":
		err = r.produce(ctx, book)
	case "member":
		err = r.consume(ctx, book)
	default:
		err = fmt.Errorf("%q is not a role", r.Kind)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 1
	}
	return 0
}

// tellGoroutines writes all stacks to stderr when the driver asks, because something
// takes too long.
func tellGoroutines() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	for range asked {
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 2) // stderr is a file
	}
}

// journal ends the process when it cannot be written: what is not written down is not
// seen, and must not look as if it had not happened.
type journal struct{ w *account.JournalWriter }

func (j *journal) write(e account.Entry) {
	if err := j.w.Write(e); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(2)
	}
}
