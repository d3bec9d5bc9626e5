package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// Screen is what an output is shown on. Its zero value is none: a file, or another
// program, which get neither colours nor lines that are broken to fit.
type Screen struct {
	Width  int // in columns; 0 for no limit
	Colour bool
}

// screenOf asks the system. Colours are left out where the user says so
// (https://no-color.org), and on a terminal that has none.
func screenOf(w io.Writer, getenv func(string) string) Screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Screen{}
	}
	s := Screen{Width: helpWidth, Colour: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
	// A terminal whose size nobody has set says 0.
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.Width = width
	}
	return s
}

// textWidth is how wide text is that is broken wherever it goes to.
func (a *app) textWidth() int {
	if a.width > 0 {
		return a.width
	}
	return helpWidth
}

// fold is text for people whose lines fit the terminal: see terminal.Folded.
func (a *app) fold(text string, indent int) string { return terminal.Folded(text, indent, a.width) }

// note tells what is worth knowing, and changes nothing about the result.
func (a *app) note(format string, args ...any) {
	fmt.Fprintln(a.stderr, terminal.Folded("note: "+terminal.Printable(fmt.Sprintf(format, args...)), 6, a.errWidth))
}

// table is a table that fits the terminal, as far as its last column can be broken.
func (a *app) table(headings ...string) *terminal.Table {
	return terminal.NewTable(headings...).Within(a.width)
}
