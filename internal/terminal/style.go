package terminal

import (
	"io"
	"strings"
)

// Style is how text stands out on a terminal that shows colours.
type Style string

// The parameters of SGR, ECMA-48's "select graphic rendition". Colours are the first
// eight, which every terminal has, in its user's own palette.
const (
	Plain  Style = ""
	Strong Style = "1"
	Faint  Style = "2"
	Alarm  Style = "31" // red
	Name   Style = "36" // cyan
)

// Span is text of one style.
type Span struct {
	Style Style
	Text  string
}

// Print writes spans in one write. Styles are seen only if w is a Writer that shows them
// ([Writer.Coloured]): no other way leads past its escaping.
func Print(w io.Writer, spans ...Span) error {
	if sw, ok := w.(*Writer); ok && sw.coloured {
		return sw.spans(spans)
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Coloured has w show styles.
func (w *Writer) Coloured(on bool) *Writer {
	w.coloured = on
	return w
}

// spans writes each text safe for a terminal, within the escape sequences of its style.
func (w *Writer) spans(spans []Span) error {
	if err := w.Flush(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, s := range spans {
		text := PrintableLines(s.Text)
		if s.Style == Plain || text == "" {
			b.WriteString(text)
			continue
		}
		b.WriteString("\x1b[" + string(s.Style) + "m" + text + "\x1b[0m")
	}
	_, err := io.WriteString(w.w, b.String())
	return err
}
