package report

import (
	"fmt"
	"html"
	"strings"
)

// drawing is an SVG that grows downwards. It has no script, no time and nothing random in it,
// and no size that depends on a font: texts are placed by their ends.
type drawing struct {
	body          strings.Builder
	width, height float64
}

// The colours of series: they differ in brightness too, for those who see no hue.
const (
	colourRaw  = "#8a8f98"
	colourBus  = "#0b6e4f"
	colourPeer = "#c98b2b"
	colourText = "#1f2328"
	colourFine = "#656d76"
	colourGrid = "#d8dee4"
)

const fontFamily = "-apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"

func (d *drawing) rect(x, y, width, height float64, colour string) {
	fmt.Fprintf(&d.body, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, width, height, colour)
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(&d.body, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, colour)
}

func (d *drawing) circle(x, y float64, colour string) {
	fmt.Fprintf(&d.body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y, colour)
}

func (d *drawing) polyline(points [][2]float64, colour string) {
	var at []string
	for _, p := range points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", p[0], p[1]))
	}
	fmt.Fprintf(&d.body, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", strings.Join(at, " "), colour)
}

// text is placed by its start, middle or end.
func (d *drawing) text(x, y float64, anchor, style, colour, text string) {
	fmt.Fprintf(&d.body, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s fill=\"%s\">%s</text>\n", x, y, anchor, style, colour, html.EscapeString(text))
}

const (
	styleTitle = `font-size="15" font-weight="600"`
	styleText  = `font-size="12"`
	styleFine  = `font-size="11"`
)

// svg is the whole file.
func (d *drawing) svg(title string) []byte {
	return fmt.Appendf(nil, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" font-family=\"%s\">\n"+
		"<title>%s</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n%s</svg>\n",
		d.width, d.height, d.width, d.height, fontFamily, html.EscapeString(title), d.width, d.height, d.body.String())
}
