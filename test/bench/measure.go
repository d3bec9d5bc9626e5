package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

const (
	warm        = 50_000
	consumeTail = 50_000 // beyond what is measured: the log never runs dry
)

// bench is one run.
type bench struct {
	options options
	dir     string       // of what it needs meanwhile
	alone   aloneProgram // or ""
	full    *server      // with the logs, or nil
	unused  int          // consumer groups of full that nobody has read with
}

// measureGroups measures the groups that are asked for, prints their tables and adds them to
// the run.
func (b *bench) measureGroups(chosen []group, run *report.Run) (err error) {
	if b.alone, err = aloneOf(chosen, b.dir); err != nil {
		return err
	}
	if slices.ContainsFunc(chosen, func(g group) bool {
		return slices.ContainsFunc(g.series, func(s measure.Series) bool { return s.Python != "" })
	}) {
		if err := pythonReady(); err != nil {
			return err
		}
	}
	if err := b.startLogs(chosen); err != nil {
		return err
	}
	if b.full != nil {
		defer func() {
			if closeErr := b.full.close(); err == nil {
				err = closeErr
			}
		}()
	}
	for _, g := range chosen {
		measured, err := b.measure(g)
		if err != nil {
			return err
		}
		fmt.Print(measured.Text())
		run.Groups = append(run.Groups, measured)
	}
	return nil
}

func (b *bench) corpus(format string) string { return filepath.Join(b.dir, "corpus-"+format) }

func (b *bench) writeCorpus(format string) error {
	return do(measure.Task{Role: roleCorpus, Corpus: b.corpus(format), Format: format}, new(any))
}

// startLogs starts the broker with the logs that the groups read: one of each format, as long
// as its longest reader needs.
func (b *bench) startLogs(chosen []group) error {
	logs := map[string]int{}
	for _, g := range chosen {
		for _, s := range g.series {
			if !s.Consume {
				continue
			}
			p, err := peers.Of(s)
			if err != nil {
				return err
			}
			t := b.task(g, s)
			logs[p.Format] = max(logs[p.Format], t.Warm+t.Records+consumeTail)
			b.unused += b.options.rounds
		}
	}
	if len(logs) == 0 {
		return nil
	}
	var err error
	if b.full, err = startFor(b.options.kafka, b.unused); err != nil {
		return err
	}
	for _, f := range peers.Formats() {
		records := logs[f.Name]
		if records == 0 {
			continue
		}
		if f.Name != "" {
			if err := b.writeCorpus(f.Name); err != nil {
				return err
			}
		}
		load := measure.Task{Role: roleLoad, Addr: b.full.addr, Topic: peers.Topic(f.Name), Corpus: b.corpus(f.Name), Format: f.Name, Log: records}
		if err := do(load, new(any)); err != nil {
			return err
		}
	}
	return nil
}

// task is what is asked of a series.
func (b *bench) task(g group, s measure.Series) measure.Task {
	t := measure.Task{Role: roleMeasure, Corpus: b.corpus(""), Topic: measure.Topic, Series: s, Records: g.records, Warm: warm}
	if s.Records > 0 {
		t.Records, t.Warm = s.Records, s.Warm
	}
	t.Records = int(float64(t.Records) * b.options.scale)
	t.Warm = int(float64(t.Warm) * min(1, b.options.scale))
	return t
}

// measure runs the series of g in turns, so that whatever else the machine does
// falls on all of them.
func (b *bench) measure(g group) (report.Group, error) {
	out := report.Group{Name: g.name, Title: g.title, Series: make([]report.Series, len(g.series))}
	for round := range b.options.rounds {
		for i, s := range g.series {
			t := b.task(g, s)
			if b.options.profile != "" && round == 0 && s.Python == "" {
				t.Profile = filepath.Join(b.options.profile, fileName(g.name+" "+s.Name))
			}
			one := do
			switch {
			case s.BusAlone:
				one = b.alone.do
			case s.Python != "":
				one = doPython
			}
			if out.Series[i].Failed != "" {
				continue
			}
			r, err := b.against(t, one)
			if round == 0 {
				out.Series[i] = report.Series{Name: s.Name, Raw: s.Raw, Bus: s.Bus, Headroom: s.Headroom, Target: s.Target, Beat: s.Beat, Source: sourceOf(s)}
			}
			if err != nil {
				if s.Peer == "" && s.Python == "" {
					return out, fmt.Errorf("%s: %s: %w", g.name, s.Name, err)
				}
				// Others are compared with what remains: it is told, and has no figures.
				out.Series[i].Failed, out.Series[i].Samples = err.Error(), nil
				continue
			}
			out.Series[i].Samples = append(out.Series[i].Samples, r)
		}
	}
	return out, nil
}

func sourceOf(s measure.Series) string {
	switch p, err := peers.Of(s); {
	case s.Python == oldGenerator:
		return oldSource
	case s.Python == fastStream:
		return fastSource
	case err == nil && s.Peer != "":
		return p.Source
	}
	return ""
}

// against measures, with do, a consumer on the broker that holds the logs, and a
// producer on an empty one.
func (b *bench) against(t measure.Task, do func(measure.Task, any) error) (r measure.Result, err error) {
	on := b.full
	if t.Series.Consume {
		p, err := peers.Of(t.Series)
		if err != nil {
			return r, err
		}
		b.unused--
		t.Topic, t.Group = peers.Topic(p.Format), consumerGroup(b.unused)
	} else {
		if on, err = startFor(b.options.kafka, 0); err != nil {
			return r, err
		}
		defer func() {
			if closeErr := on.close(); err == nil {
				err = closeErr
			}
		}()
	}
	t.Addr = on.addr
	if err := do(t, &r); err != nil {
		return r, err
	}
	return r, checkOutcome(t, r)
}

func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
}

// machine is what the figures depend on and another machine has otherwise.
func machine(goVersion string, processors int) string {
	return fmt.Sprintf("%d processors%s, %s", processors, model(), goVersion)
}

// model is the name of the processor, as Linux tells it.
func model() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "" // another system
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}
	return ""
}
