package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

const (
	publishWarm = 50_000
	consumeWarm = 50_000
	consumeTail = 50_000 // beyond what is measured: the log never runs dry
)

// measureAll measures the blocks that are asked for and prints their tables.
func measureAll(o options) (err error) {
	dir, err := os.MkdirTemp("", "eventcontracts-bench")
	if err != nil {
		return fmt.Errorf("make a directory for the corpus: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system removes it otherwise
	file := filepath.Join(dir, "corpus")
	if err := do(measure.Task{Role: roleCorpus, Corpus: file}, new(any)); err != nil {
		return err
	}
	c, err := measure.OpenCorpus(file)
	if err != nil {
		return err
	}
	fmt.Printf("TodoCreated, values of %d B, %d keys, %d partitions; medians of %d rounds.\n", c.ValueSize(), measure.Keys, measure.Partitions, o.rounds)

	var chosen, consuming []block
	for _, b := range blocks() {
		if o.only.MatchString(b.name) && (!b.extra || o.only.String() != "") {
			b.records = int(float64(b.records) * o.scale)
			chosen = append(chosen, b)
			if b.series[0].Consume {
				consuming = append(consuming, b)
			}
		}
	}
	alone, err := aloneOf(chosen, dir)
	if err != nil {
		return err
	}
	var full *peer
	groups := 0
	if len(consuming) > 0 {
		size := 0
		for _, b := range consuming {
			size = max(size, b.records)
			groups += len(b.series) * o.rounds
		}
		if full, err = startPeer(o.kafka, groups); err != nil {
			return err
		}
		defer func() {
			if closeErr := full.close(); err == nil {
				err = closeErr
			}
		}()
		if err := do(measure.Task{Role: roleLoad, Addr: full.addr, Corpus: file, Log: consumeWarm + size + consumeTail}, new(any)); err != nil {
			return err
		}
	}
	for _, b := range chosen {
		results, err := b.measure(o, file, full, &groups, alone)
		if err != nil {
			return err
		}
		fmt.Print(b.table(results))
	}
	return nil
}

// measure runs the series of b in turns, so that whatever else the machine does
// falls on all of them.
func (b block) measure(o options, corpus string, full *peer, groups *int, alone aloneProgram) ([][]measure.Result, error) {
	out := make([][]measure.Result, len(b.series))
	for round := range o.rounds {
		for i, s := range b.series {
			t := measure.Task{Role: roleMeasure, Corpus: corpus, Series: s, Records: b.records}
			if o.profile != "" && round == 0 {
				t.Profile = filepath.Join(o.profile, fileName(b.name+" "+s.Name))
			}
			one := do
			if s.BusAlone {
				one = alone.do
			}
			r, err := against(t, one, o.kafka, full, groups)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", b.name, err)
			}
			out[i] = append(out[i], r)
		}
	}
	return out, nil
}

// against measures, with do, a consumer on the broker that holds the log, and a
// producer on an empty one.
func against(t measure.Task, do func(measure.Task, any) error, apache bool, full *peer, groups *int) (r measure.Result, err error) {
	if t.Series.Consume {
		*groups--
		t.Addr, t.Group, t.Warm = full.addr, group(*groups), consumeWarm
		err := do(t, &r)
		return r, err
	}
	empty, err := startPeer(apache, 0)
	if err != nil {
		return r, err
	}
	t.Addr, t.Warm = empty.addr, publishWarm
	if err := do(t, &r); err != nil {
		_ = empty.close()
		return r, err
	}
	return r, empty.close()
}

func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
}
