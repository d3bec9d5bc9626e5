package protoedit

import (
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// Problem is why a file cannot be edited as it was asked. Its column is the
// compiler's: a tab moves to the next multiple of 8.
type Problem = textedit.Problem

// Problems are all that the compiler finds wrong with one file.
type Problems []*Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}
