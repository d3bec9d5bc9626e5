package main

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// group is a set of series that are measured in turns and compared with those of
// the raw client, the first of which has no headroom.
type group struct {
	name    string
	title   string
	series  []measure.Series
	records int
	extra   bool // measured only when -only names it
}

// The rates of Expect are what two shared processors reached once: a plan is made of
// them, and nothing is compared with them.

// withHeadroom is list without and with headroom.
func withHeadroom(list []measure.Series) []measure.Series {
	out := list
	for _, s := range list {
		s.Headroom = true
		s.Name += ", headroom"
		if s.Roomy > 0 {
			s.Target = s.Roomy
		}
		out = append(out, s)
	}
	return out
}

// blindSeries is the raw sender that does not ask which record a report is for.
func blindSeries() measure.Series {
	return measure.Series{Name: "raw Produce, blind to which record failed", Raw: true, Blind: true, Expect: 500_000}
}

func rawSeries(consume bool) measure.Series {
	s := measure.Series{Name: "raw Produce, one goroutine", Raw: true, Consume: consume, Expect: 400_000}
	if consume {
		s.Name, s.Expect = "raw Poll loop", 600_000
	}
	return s
}

// The bus, by the call that is nearest to what a peer does, and by the one that is fastest.
func busBatch() measure.Series {
	return measure.Series{Name: "PublishBatch, 1000 × 4 callers", Call: measure.CallBatch, Callers: 4, Batch: 1000, Expect: 250_000}
}

func busConsumer() measure.Series {
	return measure.Series{Name: "Consumer, handler that does nothing", Consume: true, Expect: 250_000}
}

// groups are all that is measured.
func groups() []group {
	return []group{
		{name: "publish/bus", title: "Publishing, validated", series: withHeadroom(publishSeries(false)), records: 300_000},
		{name: "consume/bus", title: "Consuming, decoded and validated, each key in order", series: withHeadroom(consumeSeries(false)), records: 500_000},
		{name: "publish/alone", title: "Publishing, the bus without its codec", series: withHeadroom(append(publishSeries(true), blindSeries())), records: 600_000},
		{name: "consume/alone", title: "Consuming, the bus without its codec", series: withHeadroom(consumeSeries(true)), records: 900_000},
		{name: "publish/peers", title: "Publishing, beside others in Go", series: publishPeers(), records: 200_000},
		{name: "consume/peers", title: "Consuming, beside others in Go", series: consumePeers(), records: 300_000},
		{name: "publish/python", title: "Publishing, beside Python", series: publishPython(), records: 200_000},
		{name: "consume/python", title: "Consuming, beside Python", series: consumePython(), records: 300_000},
		{name: "publish/linger", title: "What linger does, the bus without its codec", series: lingerSeries(), records: 100_000, extra: true},
	}
}

// publishSeries are the raw client and the bus, by each call, with what it is to reach.
func publishSeries(alone bool) []measure.Series {
	out := []measure.Series{rawSeries(false)}
	for _, s := range []measure.Series{
		{Name: "PublishBatch, 10000 × 1 caller", Call: measure.CallBatch, Callers: 1, Batch: 10_000, Target: 0.85, Roomy: 0.95, Expect: 200_000},
		{Name: "PublishBatch, 1000 × 4 callers", Call: measure.CallBatch, Callers: 4, Batch: 1000, Target: 0.85, Roomy: 0.95, Expect: 250_000},
		{Name: "PublishAsync, 1 caller", Call: measure.CallAsync, Callers: 1, Batch: 1, Target: 0.80, Expect: 150_000},
		{Name: "Publish, 64 callers", Call: measure.CallPublish, Callers: 64, Batch: 1, Expect: 60_000},
	} {
		if alone {
			if s.Call == measure.CallPublish {
				continue // it is bounded by its waits, whatever the codec
			}
			s.BusAlone, s.Roomy = true, 0
			if s.Target = 0.95; s.Call == measure.CallAsync {
				s.Target = 0
			}
		}
		out = append(out, s)
	}
	return out
}

func consumeSeries(alone bool) []measure.Series {
	s := busConsumer()
	s.Target, s.Roomy = 0.70, 0.80
	if alone {
		s.BusAlone, s.Target, s.Roomy = true, 0.90, 0
	}
	return []measure.Series{rawSeries(true), s}
}

// publishPeers are the raw client, the bus, and each peer in this program.
func publishPeers() []measure.Series {
	out := []measure.Series{rawSeries(false), busBatch()}
	out[1].Bus = true
	for _, p := range peers.All() {
		s := measure.Series{Name: p.Name, Peer: p.Name, Call: "peer", Callers: p.Callers, Batch: 1, Beat: p.Beat, Expect: p.Publishes}
		out = append(out, sized(s))
	}
	return out
}

func consumePeers() []measure.Series {
	out := []measure.Series{rawSeries(true), busConsumer()}
	out[1].Bus = true
	for _, p := range peers.All() {
		out = append(out, sized(measure.Series{Name: p.Name, Peer: p.Name, Consume: true, Beat: p.Beat, Expect: p.Consumes}))
	}
	return out
}

// sized has as many records as a slow series gets through in a few seconds.
func sized(s measure.Series) measure.Series {
	if s.Expect < 100_000 {
		s.Records = int(s.Expect * 1.5)
		s.Warm = int(s.Expect / 4)
	}
	return s
}

// lingerSeries are the raw client and the bus at each linger.
func lingerSeries() []measure.Series {
	var out []measure.Series
	for _, ms := range []int{0, 1, 5} {
		sync := measure.Series{Name: "Publish, 64 callers", BusAlone: true, Call: measure.CallPublish, Callers: 64, Batch: 1, Expect: 20_000}
		for _, s := range append(publishSeries(true)[:3:3], sync) {
			s.Name, s.LingerMs, s.Target = s.Name+fmt.Sprintf(", linger %d ms", ms), ms, 0
			out = append(out, s)
		}
	}
	return out
}
