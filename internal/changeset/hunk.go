package changeset

import (
	"fmt"
	"strings"
)

// line is one line of a comparison: ' ' for one that both texts have, '-' for one of
// the old, '+' for one of the new. The numbers count the lines of either before it.
type line struct {
	op       byte
	text     string
	old, new int
}

// around is how many lines that stay are shown around a change, as diff -u does.
const around = 3

// maxCells bounds the comparison's memory to 16 MB and its time to some 10 ms. What
// differs in more lines than that is shown as removed and added as a whole.
const maxCells = 4 << 20

// compare finds a longest common subsequence of lines between the parts at the start
// and the end that are the same. Removed lines come before added ones.
func compare(before, after []string) []line {
	head := 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	a, b := before[head:len(before)-tail], after[head:len(after)-tail]
	var out []line
	i, j := 0, 0
	add := func(op byte, text string) {
		out = append(out, line{op, text, i, j})
		if op != '+' {
			i++
		}
		if op != '-' {
			j++
		}
	}
	for _, text := range before[:head] {
		add(' ', text)
	}
	common := longest(a, b)
	for len(a) > 0 || len(b) > 0 {
		x, y := i-head, j-head
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0] && common != nil:
			add(' ', a[0])
			a, b = a[1:], b[1:]
		case len(b) == 0 || len(a) > 0 && (common == nil || common[x+1][y] >= common[x][y+1]):
			add('-', a[0])
			a = a[1:]
		default:
			add('+', b[0])
			b = b[1:]
		}
	}
	for _, text := range before[len(before)-tail:] {
		add(' ', text)
	}
	return out
}

// longest has at [i][j] how many lines a[i:] and b[j:] have in common in order; nil if
// that is too much to find out.
func longest(a, b []string) [][]int32 {
	if (len(a)+1)*(len(b)+1) > maxCells {
		return nil
	}
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// hunk is a stretch of changes with the lines around them.
type hunk []line

// group cuts a comparison into hunks.
func group(all []line) []hunk {
	var out []hunk
	end := 0 // of the last hunk
	for i, l := range all {
		if l.op == ' ' {
			continue
		}
		start := max(i-around, 0)
		if len(out) == 0 || start > end {
			out = append(out, hunk{})
		} else {
			start = end
		}
		end = min(i+around+1, len(all))
		last := &out[len(out)-1]
		*last = append(*last, all[start:end]...)
	}
	return out
}

func (h hunk) write(b *strings.Builder) {
	removed, added := 0, 0
	for _, l := range h {
		if l.op != '+' {
			removed++
		}
		if l.op != '-' {
			added++
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(h[0].old, removed), span(h[0].new, added))
	for _, l := range h {
		b.WriteByte(l.op)
		b.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// span is a range of lines as a hunk's header has it: the first and how many, which is
// left out for one; of none, the line before.
func span(before, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", before)
	case 1:
		return fmt.Sprint(before + 1)
	}
	return fmt.Sprintf("%d,%d", before+1, n)
}
