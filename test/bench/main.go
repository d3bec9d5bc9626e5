package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

func main() {
	if t, ok, err := measure.FromEnv(); ok {
		if err == nil {
			err = play(t)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s %s: %v\n", t.Role, t.Series.Name, err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// options are what the command line asks for.
type options struct {
	rounds  int
	scale   float64
	only    *regexp.Regexp
	profile string
	kafka   bool
	memory  bool
}

func run() error {
	var o options
	only := flag.String("only", "", "measure only groups whose name matches this `regexp`")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each series is measured; the table shows medians")
	flag.Float64Var(&o.scale, "scale", 1, "multiplies the number of records of each measurement")
	flag.StringVar(&o.profile, "profile", "", "write profiles of each series into this `directory`")
	flag.BoolVar(&o.kafka, "kafka", false, "measure on Apache Kafka, which make kafka-jars fetches, instead of the embedded broker")
	flag.BoolVar(&o.memory, "memory", false, "measure the memory of a consumer with a slow handler instead")
	flag.Parse()
	if flag.NArg() > 0 || o.rounds < 1 || o.scale <= 0 {
		return fmt.Errorf("no arguments are taken, rounds are at least 1, and scale is above 0: see -help")
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o755); err != nil {
			return fmt.Errorf("-profile: %w", err)
		}
	}
	if o.memory {
		return measureMemory(o)
	}
	return measureAll(o)
}
