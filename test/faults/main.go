package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

func main() {
	if value := os.Getenv(roleVariable); value != "" {
		os.Exit(roleMain(value))
	}
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(int(run(ctx, s, os.Stdout)))
}

// run makes rounds until the time is over, and ends with the first that is not sound.
func run(ctx context.Context, s settings, out io.Writer) verdict {
	dir, temporary := s.Dir, s.Dir == ""
	if temporary {
		var err error
		if dir, err = os.MkdirTemp("", "faults"); err != nil {
			fmt.Fprintln(out, "faults:", err)
			return unseen
		}
	}
	for left, n := s.For, 1; left > 0; left, n = left-s.Round, n+1 {
		one := s
		one.For, one.Seed = min(left, s.Round), s.Seed+uint64(n-1)
		at := filepath.Join(dir, fmt.Sprintf("round-%d", n))
		v, _, _ := round(ctx, one, at, out)
		if v != sound {
			fmt.Fprintf(out, "journals and logs are in %s\n", at)
			return v
		}
		if !s.Keep {
			if err := os.RemoveAll(at); err != nil {
				fmt.Fprintln(out, "faults:", err)
			}
		}
	}
	if temporary && !s.Keep {
		_ = os.Remove(dir) // it is empty
	}
	return sound
}

// round is one run with an account of its own. done counts what was done to members.
func round(ctx context.Context, s settings, dir string, out io.Writer) (v verdict, a account.Account, done map[nemesis]int) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		fmt.Fprintln(out, "faults:", err)
		return unseen, account.Account{}, nil
	}
	d, err := begin(s, dir, out)
	if err != nil {
		fmt.Fprintln(out, "faults:", err)
		return unseen, account.Account{}, nil
	}
	defer d.end()
	fmt.Fprintf(out, "round of %s, seed %d\n", d.publishing(), s.Seed)
	if err := os.WriteFile(filepath.Join(dir, "schedule.txt"), []byte(listing(schedule(s, d.publishing()))), 0o644); err != nil {
		fmt.Fprintln(out, "faults:", err)
		return unseen, account.Account{}, nil
	}
	began := time.Now()
	err = d.run(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil && (d.broker == nil || d.broker.ended()) {
		fmt.Fprintln(out, "faults: there is no account:", err)
		return unseen, account.Account{}, nil
	}
	e := d.evidence(context.WithoutCancel(ctx))
	if err != nil {
		e.Unseen = append(e.Unseen, "the whole run: "+err.Error())
	}
	a = account.Check(e)
	report(out, d, e, a)
	fmt.Fprintf(out, "  took %s\n", time.Since(began).Round(100*time.Millisecond))
	return of(a), a, d.done
}
