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
	list    bool
	out     string
	render  string
}

// wants reports whether a part is asked for. Extra ones are measured when -only names them.
func (o options) wants(name string, extra bool) bool {
	return o.only.MatchString(name) && (!extra || o.only.String() != "")
}

func run() error {
	var o options
	only := flag.String("only", "", "measure only what has a name that matches this `regexp`")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each series is measured; the table shows medians")
	flag.Float64Var(&o.scale, "scale", 1, "multiplies the number of records of each measurement")
	flag.StringVar(&o.profile, "profile", "", "write profiles of each series into this `directory`")
	flag.BoolVar(&o.kafka, "kafka", false, "measure on Apache Kafka, which make kafka-jars fetches, instead of the embedded broker")
	flag.BoolVar(&o.memory, "memory", false, "measure the memory of a consumer with a slow handler instead")
	flag.BoolVar(&o.list, "list", false, "print the plan and end")
	flag.StringVar(&o.out, "out", "results", "write bench.json, its tables and charts into this `directory`")
	flag.StringVar(&o.render, "render", "", "write tables and charts of this bench.json `file` again, and measure nothing")
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
	if o.render != "" {
		return render(o)
	}
	if o.memory {
		return measureMemory(o)
	}
	return measureAll(o)
}
