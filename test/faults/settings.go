package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// settings are those of a run.
type settings struct {
	For        time.Duration // in which events are published
	Round      time.Duration // after which the account is made, and all begins anew
	Seed       uint64
	Rate       int // events a second
	Producers  int
	Keys       int
	Partitions int
	Members    int
	Stubborn   int    // one of so many events has a handler that ignores its context
	Protocol   string // the group's: cooperative-sticky, range or consumer (KIP-848)
	Nemeses    []nemesis
	Dir        string
	Keep       bool // journals and logs of rounds without findings, too

	LetterDelay time.Duration // by which the broker gets each write to a dead-letter topic late
}

// defaults are those of the flags.
func defaults() settings {
	return settings{
		For: 30 * time.Second, Round: time.Minute, Seed: 1, Rate: 6000, Producers: 2, Keys: 2000, Partitions: 12, Members: 4, Stubborn: 20_000,
		Protocol: "cooperative-sticky", Nemeses: slices.Clone(nemeses),
	}
}

// parse reads the command line.
func parse(args []string, out io.Writer) (settings, error) {
	s := defaults()
	f := flag.NewFlagSet("faults", flag.ContinueOnError)
	f.SetOutput(out)
	f.DurationVar(&s.For, "for", s.For, "publish for so long")
	f.DurationVar(&s.Round, "round", s.Round, "make the account after so long, and begin anew")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "what is published and done to processes follows from it")
	f.IntVar(&s.Rate, "rate", s.Rate, "events a second")
	f.IntVar(&s.Producers, "producers", s.Producers, "processes that publish")
	f.IntVar(&s.Keys, "keys", s.Keys, "keys of events")
	f.IntVar(&s.Partitions, "partitions", s.Partitions, "partitions of the topic")
	f.IntVar(&s.Members, "members", s.Members, "members of the group")
	f.IntVar(&s.Stubborn, "stubborn", s.Stubborn, "one of so many events has a handler that ignores its context")
	f.StringVar(&s.Protocol, "protocol", s.Protocol, "of the group: cooperative-sticky, range or consumer")
	f.StringVar(&s.Dir, "dir", s.Dir, "directory for journals and logs (default a new temporary one)")
	f.BoolVar(&s.Keep, "keep", s.Keep, "keep the journals and logs of rounds without findings")
	f.DurationVar(&s.LetterDelay, "letter-delay", s.LetterDelay, "delay each write to a dead-letter topic")
	names := f.String("nemeses", join(s.Nemeses), "what is done to members, of "+join(nemeses))
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("%q is not a flag", f.Arg(0))
	}
	s.Nemeses = nil
	for name := range strings.SplitSeq(*names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			s.Nemeses = append(s.Nemeses, nemesis(name))
		}
	}
	return s, s.problems()
}

func join(list []nemesis) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = string(n)
	}
	return strings.Join(out, ",")
}

func (s settings) problems() error {
	var out []error
	for _, n := range s.Nemeses {
		if !slices.Contains(nemeses, n) {
			out = append(out, fmt.Errorf("-nemeses: %q is none of %s", n, join(nemeses)))
		}
	}
	if s.For < time.Second || s.Round < time.Second {
		out = append(out, errors.New("-for and -round: give at least a second"))
	}
	for _, n := range []struct {
		name  string
		value int
		most  int
	}{
		{"rate", s.Rate, 1_000_000},
		{"producers", s.Producers, 64},
		{"keys", s.Keys, 1_000_000},
		{"partitions", s.Partitions, 1000},
		{"members", s.Members, 64},
		{"stubborn", s.Stubborn, 1 << 30},
	} {
		if n.value < 1 || n.value > n.most {
			out = append(out, fmt.Errorf("-%s: %d is outside 1 to %d", n.name, n.value, n.most))
		}
	}
	if !slices.Contains([]string{"cooperative-sticky", "range", "consumer"}, s.Protocol) {
		out = append(out, fmt.Errorf("-protocol: %q is none of cooperative-sticky, range and consumer", s.Protocol))
	}
	return errors.Join(out...)
}
