package main

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

const (
	latencyName    = "latency"
	latencySeconds = 8 // of events that count
	latencyWarm    = 2 // seconds before
	latencyTarget  = 1.1
)

// latencySeries are the raw client and the bus at each rate and linger.
func latencySeries() (out []measure.Series) {
	for _, rate := range []int{1000, 10_000} {
		for _, linger := range []int{0, 5} {
			out = append(out,
				measure.Series{Name: "raw Produce and Poll", Raw: true, Rate: rate, LingerMs: linger},
				measure.Series{Name: "PublishAsync and Consumer", Rate: rate, LingerMs: linger})
		}
	}
	return out
}

// measureLatencies measures all, in turns, and prints them.
func (b *bench) measureLatencies(run *report.Run) error {
	list := latencySeries()
	run.Latencies = make([]report.Latency, len(list))
	for i, s := range list {
		run.Latencies[i] = report.Latency{Name: s.Name, Raw: s.Raw, Rate: s.Rate, Linger: s.LingerMs}
		if !s.Raw && s.Rate == 1000 {
			run.Latencies[i].Target = latencyTarget
		}
	}
	for range b.options.rounds {
		for i, s := range list {
			p, err := b.latency(s)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", latencyName, s.Name, err)
			}
			run.Latencies[i].Samples = append(run.Latencies[i].Samples, p)
		}
	}
	fmt.Print(run.LatencyText())
	return nil
}

func (b *bench) latency(s measure.Series) (p measure.Percentiles, err error) {
	on, err := startFor(b.options.kafka, 1)
	if err != nil {
		return p, err
	}
	defer func() {
		if closeErr := on.close(); err == nil {
			err = closeErr
		}
	}()
	t := measure.Task{
		Role: roleLatency, Addr: on.addr, Topic: measure.Topic, Group: consumerGroup(0), Corpus: b.corpus(""), Series: s,
		Records: int(float64(s.Rate*latencySeconds) * b.options.scale), Warm: int(float64(s.Rate*latencyWarm) * b.options.scale),
	}
	if err := do(t, &p); err != nil {
		return p, err
	}
	return p, checkOutcome(t, measure.Result{Done: p.Done})
}
