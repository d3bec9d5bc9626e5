// System runs the three example services together: it asks todo-api for todos,
// follows what comes of that through notifier and audit, restarts those two under
// load, and stops them all.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/examples/internal/process"
)

// limit is the longest that a run may take, compiling aside.
const limit = 2 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "example:", err)
		os.Exit(1)
	}
}

// run fails if anything is missing, or does not end as it should.
func run(ctx context.Context, out io.Writer) (err error) {
	bin, err := os.MkdirTemp("", "eventcontracts-example-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(bin)) }()
	if err := compile(ctx, bin); err != nil {
		return err
	}
	return (&system{out: out, bin: bin, names: all}).show(ctx)
}

// show is the whole story.
func (s *system) show(ctx context.Context) error {
	err := s.run(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context) error{s.createTodo, s.refuseInvalid, s.repeat, s.restart} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.say("\nAll is as it should be.")
	}
	return err
}

// run starts the services, lets story happen, and stops them.
func (s *system) run(ctx context.Context, story func(context.Context) error) (err error) {
	dir, err := os.MkdirTemp("", "eventcontracts-example-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s.trail = filepath.Join(dir, "audit.jsonl")
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer s.end()
	if err := s.connect(ctx); err != nil {
		return err
	}
	s.services = map[string]*process.Process{}
	if err := s.start(ctx, s.names...); err != nil {
		return err
	}
	if err := story(ctx); err != nil {
		return err
	}
	return s.stop(ctx, s.names...)
}
