package changeset

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Action is what happens to a file.
type Action string

// The actions.
const (
	Create  Action = "create"
	Replace Action = "replace"
	Delete  Action = "delete"
)

// Change is one file of a plan, for a list that a program reads.
type Change struct {
	Path    string `json:"path"` // below the plan's directory, with "/"
	Action  Action `json:"action"`
	Added   int    `json:"added"`   // lines
	Removed int    `json:"removed"` // lines
}

// Changes are the plan's files, ordered by path.
func (p *Plan) Changes() []Change {
	out := []Change{}
	for _, c := range p.sorted() {
		change := Change{Path: c.path, Action: c.action}
		for _, l := range compare(lines(c.was), lines(c.now)) {
			switch l.op {
			case '+':
				change.Added++
			case '-':
				change.Removed++
			}
		}
		out = append(out, change)
	}
	return out
}

// Diff is the whole plan as a unified diff with git's headers, ordered by path, as
// git apply and patch -p1 read it. A plan that cannot be applied is an error.
func (p *Plan) Diff() (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range p.sorted() {
		writeFile(&b, c)
	}
	return b.String(), nil
}

// DiffOfNew is the diff of files in a directory that is yet to be made.
func DiffOfNew(files map[string][]byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		writeFile(&b, change{path: name, action: Create, now: files[name]})
	}
	return b.String()
}

func writeFile(b *strings.Builder, c change) {
	from, to := "a/"+c.path, "b/"+c.path
	fmt.Fprintf(b, "diff --git %s %s\n", from, to)
	switch c.action {
	case Create:
		b.WriteString("new file mode 100644\n")
		from = "/dev/null"
	case Delete:
		b.WriteString("deleted file mode 100644\n")
		to = "/dev/null"
	}
	if bytes.IndexByte(c.was, 0) >= 0 || bytes.IndexByte(c.now, 0) >= 0 {
		fmt.Fprintf(b, "Binary files %s and %s differ\n", from, to)
		return
	}
	hunks := group(compare(lines(c.was), lines(c.now)))
	if len(hunks) == 0 {
		return // an empty file has headers alone
	}
	fmt.Fprintf(b, "--- %s\n+++ %s\n", header(from), header(to))
	for _, h := range hunks {
		h.write(b)
	}
}

// header ends a name that has a blank with a tab, after which patch looks for a time.
func header(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// lines are a text's lines with their ends, which the last may lack.
func lines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	out := strings.SplitAfter(string(text), "\n")
	if out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}
