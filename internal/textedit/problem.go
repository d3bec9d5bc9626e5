package textedit

import "fmt"

// Problem is why a file cannot be edited as it was asked.
type Problem struct {
	File      string // as the caller names it
	Line, Col int    // 1 for the first, as the file's compiler counts
	Problem   string
	Fix       string // what to do, where that is known
}

// Error is "file:line:col: problem: fix".
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Problem)
	if p.Fix != "" {
		text += ": " + p.Fix
	}
	return text
}
