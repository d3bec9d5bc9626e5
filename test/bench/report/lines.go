package report

import (
	"fmt"
	"math"
	"strings"
)

// A panel of a curve, in pixels: two beside one another.
const (
	panelWidth  = 480.0
	panelHeight = 250.0
	plotLeft    = 58.0
	plotRight   = 20.0
	plotTop     = 50.0
	plotBottom  = 44.0
)

// Lines is a chart of all curves: what an event costs while one thing grows. Where cost should
// be flat, the axis of what grows has equal steps for equal factors; where it may grow
// linearly, for equal differences. The other axis begins at 0, so that flat looks flat.
func (r Run) Lines() []byte {
	d := &drawing{width: 2 * panelWidth, height: 30}
	d.text(16, 22, "start", styleFine, colourFine, fmt.Sprintf("%s; CPU time of the process, medians of %s", r.Broker, count(r.Rounds, "round")))
	for i, c := range r.Curves {
		c.panel(d, float64(i%2)*panelWidth, 30+float64(i/2)*panelHeight)
	}
	d.height += math.Ceil(float64(len(r.Curves))/2) * panelHeight
	return d.svg("What an event costs while one thing grows")
}

func (c Curve) panel(d *drawing, left, top float64) {
	d.text(left+16, top+20, "start", styleTitle, colourText, c.Name)
	low, high, most := math.Inf(1), 0.0, 0.0
	for _, l := range c.Lines {
		for _, p := range l.Points {
			low, high, most = min(low, c.position(p.X)), max(high, c.position(p.X)), max(most, median(p.Samples, itself))
		}
	}
	most = roundUp(most)
	bottom, right := top+panelHeight-plotBottom, left+panelWidth-plotRight
	x := func(v float64) float64 {
		if high == low {
			return left + plotLeft
		}
		return left + plotLeft + (c.position(v)-low)/(high-low)*(right-left-plotLeft)
	}
	y := func(v float64) float64 { return bottom - v/most*(bottom-top-plotTop) }
	for i := range 5 {
		v := most * float64(i) / 4
		d.line(left+plotLeft, y(v), right, y(v), colourGrid)
		d.text(left+plotLeft-8, y(v)+4, "end", styleFine, colourFine, number(v))
	}
	d.text(left+16, top+38, "start", styleFine, colourFine, "CPU µs an event")
	d.text(right, bottom+34, "end", styleFine, colourFine, c.X)
	free := math.Inf(-1) // of the axis, where the last value ends
	for _, p := range c.Lines[0].Points {
		if x(p.X) < free {
			continue
		}
		free = x(p.X) + 30
		d.text(x(p.X), bottom+18, "middle", styleFine, colourFine, short(p.X))
	}
	for i, l := range c.Lines {
		colour := []string{colourBus, colourPeer, colourRaw}[i%3]
		var points [][2]float64
		for _, p := range l.Points {
			points = append(points, [2]float64{x(p.X), y(median(p.Samples, itself))})
		}
		d.polyline(points, colour)
		for _, p := range points {
			d.circle(p[0], p[1], colour)
		}
		// The names stand in the head, from the right.
		at := right - 95*float64(len(c.Lines)-1-i)
		d.circle(at-72, top+34, colour)
		d.text(at-64, top+38, "start", styleFine, colourText, l.Name)
	}
}

// position is where a value stands on the axis. On one of equal factors, 0 has a place below 1.
func (c Curve) position(v float64) float64 {
	if c.Linear {
		return v
	}
	return math.Log10(v + 0.1)
}

// roundUp is the next value that four grid lines divide well.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 3, 4, 6, 8, 10} {
		if v <= f*step {
			return f * step
		}
	}
	return 10 * step
}

// short is a value of an axis.
func short(v float64) string {
	if v >= 1000 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v/1000), ".0") + "k"
	}
	return number(v)
}
