package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if value := os.Getenv(childVariable); value != "" {
		os.Exit(childMain(value))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// config is what the flags say.
type config struct {
	seed     uint64
	records  int
	dir      string
	sabotage bool
}

// minRecords is what a stream needs to have every event type, and to last for all
// faults.
const minRecords = 1000

// run is the demo. It returns 0 if the account holds, 1 if it does not or the
// demo cannot go on, 2 for wrong flags.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cfg config
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Uint64Var(&cfg.seed, "seed", 1, "of the stream: the same seed gives the same events")
	flags.IntVar(&cfg.records, "records", 24_000, fmt.Sprintf("to publish, at least %d", minRecords))
	flags.StringVar(&cfg.dir, "dir", "", "new directory for journals and logs, which is kept (default: a temporary one, kept if something is wrong)")
	flags.BoolVar(&cfg.sabotage, "sabotage", false, "drop one line of a journal before the account is made, which must not hold then")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 || cfg.records < minRecords {
		fmt.Fprintf(stderr, "demo: give at least %d records, and no arguments beside flags\n", minRecords)
		return 2
	}
	var d *demo
	c, err := clusterFromEnv()
	if err == nil {
		d, err = newDemo(cfg, c, newPrinter(stdout))
	}
	if err != nil {
		fmt.Fprintf(stderr, "demo: %v\n", err)
		return 1
	}
	holds, err := d.run(ctx)
	err = errors.Join(err, d.close(holds && err == nil))
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		d.out.endProgress()
		fmt.Fprintf(stderr, "demo: %v\n", err)
	}
	if err != nil || !holds {
		fmt.Fprintf(stderr, "journals and logs are in %s\n", d.dir)
		return 1
	}
	return 0
}
