package main

import (
	"fmt"
	"runtime"
)

// series is one way of doing one thing.
type series struct {
	Name     string
	Raw      bool
	Blind    bool // raw, without Opaque: it learns of no record what became of it
	Consume  bool
	BusAlone bool // codec and validation replaced by a copy
	Call     call
	Callers  int
	Batch    int // events a call
	LingerMs int
	Headroom bool    // memory that makes collections rare
	Target   float64 // ratio to raw with the same headroom; 0: only shown
}

type call string

const (
	callBatch   call = "PublishBatch"
	callAsync   call = "PublishAsync"
	callPublish call = "Publish"
)

// block is a set of series that are measured in turns and compared with those of
// the raw client, the first of which has no headroom.
type block struct {
	name    string
	title   string
	series  []series
	records int
	extra   bool // measured only when -only names it
}

// withHeadroom is list without and with headroom.
func withHeadroom(list []series) []series {
	out := list
	for _, s := range list {
		s.Headroom = true
		s.Name += ", headroom"
		out = append(out, s)
	}
	return out
}

// blindSeries is the raw sender that does not ask which record a report is for.
func blindSeries() series {
	return series{Name: "raw Produce, blind to which record failed", Raw: true, Blind: true}
}

func rawSeries(consume bool) series {
	name := "raw Produce, one goroutine"
	if consume {
		name = "raw Poll loop"
	}
	return series{Name: name, Raw: true, Consume: consume}
}

// blocks are all that is measured.
func blocks() []block {
	codec := []series{
		rawSeries(false),
		{Name: "PublishBatch, 10000 × 1 caller", Call: callBatch, Callers: 1, Batch: 10_000, Target: 0.25},
		{Name: "PublishBatch, 1000 × 4 callers", Call: callBatch, Callers: 4, Batch: 1000, Target: 0.25},
		{Name: "PublishAsync, 1 caller", Call: callAsync, Callers: 1, Batch: 1},
		{Name: "Publish, 64 callers", Call: callPublish, Callers: 64, Batch: 1},
	}
	alone := []series{
		rawSeries(false),
		{Name: "PublishBatch, 10000 × 1 caller", BusAlone: true, Call: callBatch, Callers: 1, Batch: 10_000, Target: 0.95},
		{Name: "PublishBatch, 1000 × 4 callers", BusAlone: true, Call: callBatch, Callers: 4, Batch: 1000, Target: 0.95},
		{Name: "PublishAsync, 1 caller", BusAlone: true, Call: callAsync, Callers: 1, Batch: 1},
		blindSeries(),
	}
	var linger []series
	for _, ms := range []int{0, 1, 5} {
		at := fmt.Sprintf(", linger %d ms", ms)
		sync := series{Name: "Publish, 64 callers", BusAlone: true, Call: callPublish, Callers: 64, Batch: 1}
		for _, s := range append(alone[:3:3], sync) {
			s.Name, s.LingerMs, s.Target = s.Name+at, ms, 0
			linger = append(linger, s)
		}
	}
	consume := func(alone bool, target float64) []series {
		return []series{rawSeries(true), {Name: "Consumer, handler that does nothing", Consume: true, BusAlone: alone, Target: target}}
	}
	return []block{
		{name: "publish/codec", title: "(a) publish, with protojson and protovalidate", series: codec, records: 200_000},
		{name: "consume/codec", title: "(a) consume, with protojson and protovalidate", series: consume(false, 0.2), records: 300_000},
		{name: "publish/bus", title: "(b) publish, the bus alone", series: withHeadroom(alone), records: 600_000},
		{name: "consume/bus", title: "(b) consume, the bus alone", series: withHeadroom(consume(true, 0.9)), records: 900_000},
		{name: "publish/linger", title: "what linger does, the bus alone", series: linger, records: 100_000, extra: true},
	}
}

// measure does the measurement that the task asks for.
func (t task) measure() (result, error) {
	if t.Series.Headroom && (t.Series.Raw || !t.Series.Consume) {
		ballast := make([]byte, headroom)
		defer runtime.KeepAlive(ballast)
	}
	runtime.GC()
	switch s := t.Series; {
	case s.Raw && s.Consume:
		return rawConsume(t)
	case s.Raw:
		return rawPublish(t)
	case s.Consume:
		return ourConsume(t)
	case s.Call == "" || s.Callers < 1 || s.Batch < 1:
		return result{}, fmt.Errorf("series %q says not what to call", s.Name)
	default:
		return ourPublish(t)
	}
}
