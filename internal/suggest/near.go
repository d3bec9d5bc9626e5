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
	for _, k := range known {
		a, b := strings.ToLower(k), strings.ToLower(name)
		far := distance(a, b)
		// A third of the letters may be wrong. A part of a name is near too, if it
		// is long enough not to be a part of everything.
		if far <= max(1, min(3, len(b)/3)) || len(b) >= 4 && (strings.Contains(a, b) || strings.Contains(b, a)) {
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

// distance is the number of single-byte edits between two names (Levenshtein's
// distance), which are ASCII nearly always. It keeps one row of the table.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
