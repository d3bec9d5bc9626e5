// Package suggest finds the names that somebody who mistyped one may have meant,
// for "did you mean" in errors about commands, contracts, contexts and topics. It
// only compares text: where a name is looked for, its callers know.
package suggest

import (
	"slices"
	"strings"
)

// maxNear is how many names are worth suggesting.
const maxNear = 3

// Near are the known names that somebody who typed name may have meant, the
// nearest first. Case is ignored.
func Near(name string, known []string) []string {
	type candidate struct {
		name string
		far  int
	}
	var found []candidate
	b := strings.ToLower(name)
	limit := max(1, min(3, len(b)/3)) // a third of the letters may be wrong
	for _, k := range known {
		a := strings.ToLower(k)
		// A part of a name is near too, if it is long enough not to be a part of
		// everything.
		part := len(b) >= 4 && (strings.Contains(a, b) || strings.Contains(b, a))
		if !part && max(len(a)-len(b), len(b)-len(a)) > limit {
			continue // each character more is an edit more
		}
		if far := distance(a, b); part || far <= limit {
			found = append(found, candidate{k, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.far - b.far })
	var out []string
	for _, c := range found {
		if !slices.Contains(out, c.name) && len(out) < maxNear {
			out = append(out, c.name)
		}
	}
	return out
}

// distance is the number of single-byte edits between two names, which are ASCII nearly
// always: a letter more, less or other, or two neighbours exchanged, as in "titel"
// (Levenshtein's distance with exchanges, each letter in one edit only). It keeps three
// rows of the table.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
