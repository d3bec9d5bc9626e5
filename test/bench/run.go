package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// measureAll measures what is asked for, prints its tables and writes what the documentation
// shows.
func measureAll(o options) (err error) {
	dir, err := os.MkdirTemp("", "eventcontracts-bench")
	if err != nil {
		return fmt.Errorf("make a directory for the corpus: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system removes it otherwise
	b := &bench{options: o, dir: dir}
	run := report.Run{Broker: "embedded broker", Machine: machine(runtime.Version(), runtime.NumCPU()), Rounds: o.rounds, Scale: o.scale}
	if o.kafka {
		run.Broker = "Apache Kafka, one node"
	}
	run.Event = fmt.Sprintf("TodoCreated, %d keys, %d partitions", measure.Keys, measure.Partitions)
	parts := b.plan(&run)
	if len(parts) == 0 {
		return errors.New("nothing has a name that -only matches: see -list")
	}
	fmt.Printf("%s; %s; %s; medians of %d rounds.\n", run.Event, run.Broker, run.Machine, o.rounds)
	printPlan(parts)
	if o.list {
		return nil
	}
	began := time.Now()
	if err := b.writeCorpus(""); err != nil {
		return err
	}
	for _, p := range parts {
		if err := p.measure(); err != nil {
			return err
		}
	}
	if len(run.Facts) > 0 {
		fmt.Print(run.FactsText())
	}
	fmt.Printf("\nThis took %s.\n", time.Since(began).Round(time.Second))
	if err := write(run, o.out); err != nil {
		return err
	}
	if failures := run.Failures(); len(failures) > 0 {
		return fmt.Errorf("these have no figures:\n%s", strings.Join(failures, "\n"))
	}
	return nil
}

// write writes the run, its tables and its charts into a directory.
func write(run report.Run, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	text, err := run.JSON()
	if err != nil {
		return err
	}
	files := map[string][]byte{"bench.json": text, "bench.md": []byte(run.Markdown())}
	if len(run.Groups) > 0 {
		files["throughput.svg"] = run.Bars()
	}
	if len(run.Curves) > 0 {
		files["cost.svg"] = run.Lines()
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("-out: %w", err)
		}
	}
	fmt.Printf("Written into %s: bench.json, bench.md and the charts.\n", dir)
	return nil
}

// render writes tables and charts of a run that was measured before.
func render(o options) error {
	run, err := report.Read(o.render)
	if err != nil {
		return fmt.Errorf("-render: %w", err)
	}
	return write(run, o.out)
}
