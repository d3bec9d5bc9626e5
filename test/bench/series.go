package main

import (
	"errors"
	"fmt"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// block is a set of series that are measured in turns and compared with those of
// the raw client, the first of which has no headroom.
type block struct {
	name    string
	title   string
	series  []measure.Series
	records int
	extra   bool // measured only when -only names it
}

// withHeadroom is list without and with headroom.
func withHeadroom(list []measure.Series) []measure.Series {
	out := list
	for _, s := range list {
		s.Headroom = true
		s.Name += ", headroom"
		out = append(out, s)
	}
	return out
}

// blindSeries is the raw sender that does not ask which record a report is for.
func blindSeries() measure.Series {
	return measure.Series{Name: "raw Produce, blind to which record failed", Raw: true, Blind: true}
}

func rawSeries(consume bool) measure.Series {
	name := "raw Produce, one goroutine"
	if consume {
		name = "raw Poll loop"
	}
	return measure.Series{Name: name, Raw: true, Consume: consume}
}

// blocks are all that is measured.
func blocks() []block {
	codec := []measure.Series{
		rawSeries(false),
		{Name: "PublishBatch, 10000 × 1 caller", Call: measure.CallBatch, Callers: 1, Batch: 10_000, Target: 0.25},
		{Name: "PublishBatch, 1000 × 4 callers", Call: measure.CallBatch, Callers: 4, Batch: 1000, Target: 0.25},
		{Name: "PublishAsync, 1 caller", Call: measure.CallAsync, Callers: 1, Batch: 1},
		{Name: "Publish, 64 callers", Call: measure.CallPublish, Callers: 64, Batch: 1},
	}
	alone := []measure.Series{
		rawSeries(false),
		{Name: "PublishBatch, 10000 × 1 caller", BusAlone: true, Call: measure.CallBatch, Callers: 1, Batch: 10_000, Target: 0.95},
		{Name: "PublishBatch, 1000 × 4 callers", BusAlone: true, Call: measure.CallBatch, Callers: 4, Batch: 1000, Target: 0.95},
		{Name: "PublishAsync, 1 caller", BusAlone: true, Call: measure.CallAsync, Callers: 1, Batch: 1},
		blindSeries(),
	}
	var linger []measure.Series
	for _, ms := range []int{0, 1, 5} {
		at := fmt.Sprintf(", linger %d ms", ms)
		sync := measure.Series{Name: "Publish, 64 callers", BusAlone: true, Call: measure.CallPublish, Callers: 64, Batch: 1}
		for _, s := range append(alone[:3:3], sync) {
			s.Name, s.LingerMs, s.Target = s.Name+at, ms, 0
			linger = append(linger, s)
		}
	}
	consume := func(alone bool, target float64) []measure.Series {
		return []measure.Series{rawSeries(true), {Name: "Consumer, handler that does nothing", Consume: true, BusAlone: alone, Target: target}}
	}
	return []block{
		{name: "publish/codec", title: "(a) publish, with protojson and protovalidate", series: codec, records: 200_000},
		{name: "consume/codec", title: "(a) consume, with protojson and protovalidate", series: consume(false, 0.2), records: 300_000},
		{name: "publish/bus", title: "(b) publish, the bus alone", series: withHeadroom(alone), records: 600_000},
		{name: "consume/bus", title: "(b) consume, the bus alone", series: withHeadroom(consume(true, 0.9)), records: 900_000},
		{name: "publish/linger", title: "what linger does, the bus alone", series: linger, records: 100_000, extra: true},
	}
}

// measured does the measurement that the task asks for. The series of the bus alone
// are the test's, see busalone.go.
func measured(t measure.Task) (measure.Result, error) {
	return t.Series.Measure(func() (measure.Result, error) {
		switch s := t.Series; {
		case s.BusAlone:
			return measure.Result{}, errors.New("the bus alone is measured by the tests of package eventbus")
		case s.Raw && s.Consume:
			return rawConsume(t)
		case s.Raw:
			return rawPublish(t)
		case s.Consume:
			return ourConsume(t)
		default:
			return ourPublish(t)
		}
	})
}
