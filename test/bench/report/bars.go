package report

import "fmt"

// Where a row of bars has its parts, in pixels.
const (
	barsWidth  = 980.0
	barLeft    = 370.0 // names end before it
	barRight   = 700.0 // figures begin behind it
	barRow     = 22.0
	barHeight  = 13.0
	groupSpace = 44.0
)

// Bars is a chart of all groups: a bar of each series' median rate, as long as its share of
// the fastest of its group, with a line from the slowest to the fastest round, and CPU time
// beside it.
func (r Run) Bars() []byte {
	d := &drawing{width: barsWidth, height: 30}
	d.text(16, 22, "start", styleFine, colourFine, fmt.Sprintf("%s; %s; medians of %s, lines from the slowest to the fastest", r.Event, r.Broker, count(r.Rounds, "round")))
	for _, g := range r.Groups {
		g.bars(d)
	}
	d.height += 14
	return d.svg("Throughput beside the raw client and others")
}

func (g Group) bars(d *drawing) {
	d.height += groupSpace
	d.text(16, d.height-10, "start", styleTitle, colourText, g.Title)
	longest := 0.0
	for _, s := range g.Series {
		_, fastest := s.spread()
		longest = max(longest, fastest)
	}
	for i, s := range g.Series {
		f := g.figures(i)
		at := func(rate float64) float64 { return barLeft + rate/longest*(barRight-barLeft) }
		y := d.height
		d.text(barLeft-8, y+15, "end", styleText, colourText, s.Name)
		if d.height += barRow; s.Failed != "" {
			d.text(barLeft, y+15, "start", styleText, colourFine, f.verdict)
			continue
		}
		d.rect(barLeft, y+4, max(1, at(f.rate)-barLeft), barHeight, s.colour())
		d.line(at(f.slowest), y+4+barHeight/2, at(f.fastest), y+4+barHeight/2, colourText)
		d.text(barRight+10, y+15, "start", styleText, colourText, fmt.Sprintf("%s k/s", thousands(f.rate)))
		d.text(barRight+160, y+15, "end", styleText, colourFine, fmt.Sprintf("%.2f of raw", f.ofRaw))
		d.text(barsWidth-16, y+15, "end", styleText, colourFine, fmt.Sprintf("%.1f µs CPU", f.cpu))
	}
}

func (s Series) colour() string {
	switch {
	case s.Raw:
		return colourRaw
	case s.Source != "":
		return colourPeer
	}
	return colourBus
}
