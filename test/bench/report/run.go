package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// Run is what one run measured.
type Run struct {
	Broker    string // that all spoke to
	Machine   string // processors and Go
	Event     string // what was sent
	Rounds    int
	Scale     float64 `json:",omitempty"` // of the numbers of records; 1 is what figures are published of
	Groups    []Group
	Latencies []Latency `json:",omitempty"`
	Curves    []Curve   `json:",omitempty"`
	Facts     []Fact    `json:",omitempty"`
}

// Group is series that were measured in turns. The first is the raw client without headroom.
type Group struct {
	Name   string
	Title  string
	Series []Series
}

// Series is the measurements of one series.
type Series struct {
	Name     string
	Raw      bool             `json:",omitempty"`
	Bus      bool             `json:",omitempty"` // the one that others are to be beaten by
	Headroom bool             `json:",omitempty"`
	Target   float64          `json:",omitempty"` // of its ratio to raw
	Beat     float64          `json:",omitempty"` // of the bus's ratio to it
	Source   string           `json:",omitempty"` // of a peer's settings
	Failed   string           `json:",omitempty"` // why it has no samples
	Samples  []measure.Result // one a round
}

// Latency is the time from the call that publishes an event to its handler.
type Latency struct {
	Name    string
	Raw     bool    `json:",omitempty"`
	Rate    int     // events a second
	Linger  int     // ms
	Target  float64 `json:",omitempty"` // of its p99, as a ratio to raw's of the same rate and linger
	Samples []measure.Percentiles
}

// Curve is what an event costs while one thing grows.
type Curve struct {
	Name   string
	X      string // what grows, and its unit
	Linear bool   `json:",omitempty"` // cost may grow as it does, so that a straight line is what it should be; else flat
	Lines  []Line
}

// Line is one side of a curve.
type Line struct {
	Name   string
	Points []Point
}

// Point is the CPU time of an event, in microseconds.
type Point struct {
	X       float64
	Samples []float64
}

// Fact is a figure without a series to compare it with.
type Fact struct {
	Name    string
	Unit    string
	AtMost  float64 `json:",omitempty"` // the target
	Samples []float64
}

// Read reads what Write has written.
func Read(path string) (Run, error) {
	var r Run
	b, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("read a run: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("read a run of %s: %w", path, err)
	}
	return r, nil
}

// JSON is the run as Read reads it.
func (r Run) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a run: %w", err)
	}
	return append(b, '\n'), nil
}

// median is the middle one, or the lower of the two; 0 of none.
func median[T any, N cmp.Ordered](samples []T, of func(T) N) (middle N) {
	if len(samples) == 0 {
		return middle
	}
	values := make([]N, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

func itself(v float64) float64 { return v }

func perSecond(r measure.Result) float64 { return r.PerSecond }
func cpuMicros(r measure.Result) float64 { return r.CPUMicros }

func (s Series) rate() float64 { return median(s.Samples, perSecond) }
func (s Series) cpu() float64  { return median(s.Samples, cpuMicros) }

// spread is the slowest and the fastest of the samples.
func (s Series) spread() (slowest, fastest float64) {
	rates := make([]float64, len(s.Samples))
	for i, r := range s.Samples {
		rates[i] = r.PerSecond
	}
	if len(rates) == 0 {
		return 0, 0
	}
	return slices.Min(rates), slices.Max(rates)
}

// raw is the raw client with or without headroom; the first of them, if there are several.
func (g Group) raw(headroom bool) Series {
	return g.Series[max(0, slices.IndexFunc(g.Series, func(s Series) bool { return s.Raw && s.Headroom == headroom }))]
}

// bus is the series that peers are compared with.
func (g Group) bus() (Series, bool) {
	i := slices.IndexFunc(g.Series, func(s Series) bool { return s.Bus })
	if i < 0 {
		return Series{}, false
	}
	return g.Series[i], true
}

// figures are what the tables say of a series.
type figures struct {
	rate, cpu              float64
	ofRaw, ofPlain, cpuRaw float64 // ratios to the raw client: with the same headroom, without, by CPU time
	beyond                 float64 // CPU time that it used beyond the raw client's with the same headroom
	beaten                 float64 // the bus's rate as a ratio to its; 0 where nothing is compared
	target, verdict        string
	slowest, fastest       float64
}

// figures compares the i-th series of a group.
func (g Group) figures(i int) figures {
	s := g.Series[i]
	if s.Failed != "" {
		return figures{verdict: "failed"}
	}
	raw := g.raw(s.Headroom)
	f := figures{rate: s.rate(), cpu: s.cpu()}
	f.ofRaw, f.ofPlain, f.cpuRaw = f.rate/raw.rate(), f.rate/g.Series[0].rate(), f.cpu/raw.cpu()
	f.beyond = f.cpu - raw.cpu()
	f.slowest, f.fastest = s.spread()
	if bus, ok := g.bus(); ok && !s.Bus && !s.Raw {
		f.beaten = bus.rate() / f.rate
	}
	switch {
	case s.Target > 0:
		f.target, f.verdict = fmt.Sprintf("≥ %.2f", s.Target), verdict(f.ofRaw >= s.Target)
	case s.Beat > 0:
		f.target, f.verdict = fmt.Sprintf("bus ≥ %.0f ×", s.Beat), verdict(f.beaten >= s.Beat)
	}
	return f
}

// Failures are the series that have no result, with their reasons.
func (r Run) Failures() (out []string) {
	for _, g := range r.Groups {
		for _, s := range g.Series {
			if s.Failed != "" {
				out = append(out, fmt.Sprintf("%s: %s: %s", g.Name, s.Name, s.Failed))
			}
		}
	}
	return out
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "below"
}
