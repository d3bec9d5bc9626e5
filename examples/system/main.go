// System runs the three example services together: it asks todo-api for todos,
// follows what comes of that through notifier and audit, and stops them all.
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
)

// limit is the longest that a run may take, compiling aside.
const limit = 30 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "example:", err)
		os.Exit(1)
	}
}

// run fails if anything is missing, or does not end as it should.
func run(ctx context.Context, out io.Writer) error {
	s := &system{out: out, names: all}
	err := s.run(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context) error{s.createTodo, s.refuse, s.repeat} {
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
	if s.dir, err = os.MkdirTemp("", "eventcontracts-example-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	s.trail = filepath.Join(s.dir, "audit.jsonl")
	if err := s.compile(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer s.end()
	for _, step := range []func(context.Context) error{s.connect, s.start, story, s.stop} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
