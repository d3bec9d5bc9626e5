package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table prints rows in aligned columns under headings. Every cell is made safe for
// a terminal. The last column is not padded, so it may hold long text.
type Table struct {
	rows  [][]string
	width int
}

// NewTable is a table without rows. A heading may be empty.
func NewTable(headings ...string) *Table { return &Table{rows: [][]string{headings}} }

// Within wraps the last column, so that lines have at most width characters, as far as
// the columns before it allow.
func (t *Table) Within(width int) *Table {
	t.width = width
	return t
}

// narrowest is the least room that the last column is wrapped in. With less it goes
// below its row.
const narrowest = 20

// Add adds a row, which has as many cells as there are headings.
func (t *Table) Add(cells ...string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = Printable(c)
	}
	t.rows = append(t.rows, row)
}

// Print prints the whole table in one write: the widths are known only when all
// rows are. A character counts as one column, also where a terminal gives it two.
func (t *Table) Print(w io.Writer) error {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	last := len(widths) - 1
	start := 0
	for _, w := range widths[:last] {
		start += w + 2
	}
	below := t.width > 0 && start+widths[last] > t.width && start+narrowest > t.width
	var b strings.Builder
	var head string
	for n, row := range t.rows {
		line := ""
		for i, c := range row[:last] {
			line += c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2)
		}
		if below && n > 0 && row[last] != "" {
			line = strings.TrimRight(line, " ") + "\n    " + hanging(row[last], 4, t.width)
		} else {
			line += hanging(row[last], start, t.width)
		}
		if n == 0 {
			head = strings.TrimRight(line, " ")
			continue
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return Print(w, Span{Strong, head}, Span{Plain, "\n" + b.String()})
}

// Fields prints pairs of name and value as "name: value" lines, with the values
// aligned. A pair whose value is empty is left out, but counts for the width, so
// that the values of several things stand below each other.
func Fields(w io.Writer, pairs [][2]string) error { return FieldsWithin(w, 0, pairs) }

// FieldsWithin are fields whose values are wrapped, so that lines have at most most
// characters; 0 wraps nothing.
func FieldsWithin(w io.Writer, most int, pairs [][2]string) error {
	width := 0
	for _, p := range pairs {
		width = max(width, utf8.RuneCountInString(p[0]))
	}
	for _, p := range pairs {
		if p[1] == "" {
			continue
		}
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(p[0]))
		if _, err := fmt.Fprintf(w, "%s:%s  %s\n", p[0], pad, hanging(Printable(p[1]), width+3, most)); err != nil {
			return err
		}
	}
	return nil
}
