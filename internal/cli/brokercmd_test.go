package cli_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// full is a disk that is full, or a pipe that nobody reads.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A broker whose address could not be told ends: it ran on for ever, and nobody could
// connect to it.
func TestBrokerEndsIfItCannotSayWhereItIs(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"broker", "--port", "0", "--bare"}, {"broker", "--port", "0", "--bare", "--json"}} {
		e := newEventctl(t, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var stderr bytes.Buffer
		code := cli.Run(ctx, e.env(full{}, &stderr), args)
		if want := "eventctl: no space left on device\n"; code != 1 || stderr.String() != want || ctx.Err() != nil {
			t.Errorf("%v: exit code %d, stderr %q, want %q", args, code, stderr.String(), want)
		}
	}
}

// A result that could not be written is not one: commands ended with exit code 0, and
// left a script with the part of a list that a disk had room for.
func TestCommandsFailIfTheirResultIsLost(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"list"}, {"list", "--json"}, {"check"}, {"describe", "OrderPlaced"}, {"context", "show", "x"}, {"--help"}, {"publish", "OrderPlaced", "--example", "--dry-run"}, {"completion", "bash"}, {"--version"},
	} {
		e, _ := withContexts(t, "contexts: {x: {brokers: [127.0.0.1:1]}}\n")
		var stderr bytes.Buffer
		code := cli.Run(t.Context(), e.env(full{}, &stderr), args)
		if code != 1 || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%v: exit code %d, stderr %q", args, code, stderr.String())
		}
	}
}
