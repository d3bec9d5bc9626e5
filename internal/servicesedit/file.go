package servicesedit

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// File is the source of one services.yaml. An edit that fails leaves it as it was. It
// is not safe for concurrent use.
type File struct {
	name     string
	src      []byte
	services *yaml.Node // the list; nil in a file without one
}

// Parse reads a services.yaml. The name is for errors.
func Parse(name string, src []byte) (*File, error) {
	f := &File{name: name, src: slices.Clone(src)}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		line := 1
		_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &line) // else it is the first
		return nil, &textedit.Problem{File: name, Line: line, Col: 1, Problem: err.Error(), Fix: "mend it before it is edited"}
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null" {
		return f, nil
	}
	f.services = doc.Content[0]
	if f.services.Kind != yaml.SequenceNode {
		return nil, f.problem(f.services, "begin each with - service: NAME", "the file is not a list of services")
	}
	for _, s := range f.services.Content {
		if s.Kind != yaml.MappingNode {
			return nil, f.problem(s, "begin it with - service: NAME", "the entry is not a service")
		}
	}
	return f, nil
}

// Bytes is the file as it is after the edits made so far.
func (f *File) Bytes() []byte { return slices.Clone(f.src) }

func (f *File) problem(at *yaml.Node, fix, format string, args ...any) error {
	return &textedit.Problem{File: f.name, Line: at.Line, Col: at.Column, Problem: fmt.Sprintf(format, args...), Fix: fix}
}

// edit applies edits if the file then holds what it held and what add adds to it.
func (f *File) edit(at *yaml.Node, add func([]any) []any, edits ...textedit.Edit) error {
	byHand := f.problem(at, "edit it by hand", "it is written in a way that cannot be edited here")
	if slices.ContainsFunc(edits, func(e textedit.Edit) bool { return e.Start < 0 }) {
		return byHand
	}
	changed, err := Parse(f.name, textedit.Apply(f.src, edits...))
	if err != nil {
		return byHand
	}
	var before, after []any
	if yaml.Unmarshal(f.src, &before) != nil || yaml.Unmarshal(changed.src, &after) != nil || !reflect.DeepEqual(add(before), after) {
		return byHand
	}
	*f = *changed
	return nil
}

const bom = "\xef\xbb\xbf"

// start is the offset of a node, -1 if the file has no such place. YAML counts
// characters, and none for a byte order mark.
func (f *File) start(n *yaml.Node) int {
	at := 0
	if bytes.HasPrefix(f.src, []byte(bom)) && n.Line == 1 {
		at = len(bom)
	}
	for range n.Line - 1 {
		next := bytes.IndexByte(f.src[at:], '\n')
		if next < 0 {
			return -1
		}
		at += next + 1
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(f.src[at:])
		at += size
	}
	return at
}

// end is the offset behind a node, -1 if it is of a kind that the package does not
// measure: a text over several lines, an alias.
func (f *File) end(n *yaml.Node) int {
	at := f.start(n)
	switch {
	case at < 0 || n.Anchor != "" || n.Kind == yaml.AliasNode:
		return -1
	case n.Kind == yaml.ScalarNode:
		return f.endOfScalar(n, at)
	case n.Style&yaml.FlowStyle != 0:
		closing, _, _ := f.flow(at)
		if closing < 0 {
			return -1
		}
		return closing + 1
	case len(n.Content) == 0:
		return -1
	}
	return f.end(n.Content[len(n.Content)-1])
}

func (f *File) endOfScalar(n *yaml.Node, at int) int {
	switch n.Style {
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		return f.quoted(at)
	case 0:
		if bytes.HasPrefix(f.src[at:], []byte(n.Value)) {
			return at + len(n.Value)
		}
	}
	return -1
}

// quoted is the offset behind a text in quotes that begins at at, -1 if it does not end.
func (f *File) quoted(at int) int {
	if at >= len(f.src) {
		return -1
	}
	quote := f.src[at]
	for i := at + 1; i < len(f.src); i++ {
		switch {
		case f.src[i] == '\\' && quote == '"':
			i++
		case f.src[i] == quote && quote == '\'' && i+1 < len(f.src) && f.src[i+1] == quote:
			i++
		case f.src[i] == quote:
			return i + 1
		}
	}
	return -1
}

// flow looks through a collection in brackets or braces that opens at at: where it is
// closed, where the text before that ends without comments and white space, and
// whether that is a comma. closing is -1 if it is not closed.
func (f *File) flow(at int) (closing, last int, comma bool) {
	depth := 0
	last = at + 1
	for i := at; i < len(f.src); i++ {
		switch c := f.src[i]; c {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i, last, f.src[last-1] == ','
			}
		case ' ', '\t', '\r', '\n':
			continue
		case '#':
			if f.src[i-1] == ' ' || f.src[i-1] == '\t' || f.src[i-1] == '\n' {
				end := bytes.IndexByte(f.src[i:], '\n')
				if end < 0 {
					return -1, last, false
				}
				i += end
				continue
			}
		case '"', '\'':
			if !bytes.ContainsRune([]byte(" \t\n[{,:"), rune(f.src[i-1])) {
				break // inside of a plain text
			}
			end := f.quoted(i)
			if end < 0 {
				return -1, last, false
			}
			i = end - 1
		}
		last = i + 1
	}
	return -1, last, false
}

// lineEnd is where the line of at ends, before its line end.
func (f *File) lineEnd(at int) int {
	end := bytes.IndexByte(f.src[at:], '\n')
	if end < 0 {
		return len(f.src)
	}
	if end > 0 && f.src[at+end-1] == '\r' {
		end--
	}
	return at + end
}

// begins says whether only white space is before at on its line.
func (f *File) begins(at int) bool {
	return len(bytes.TrimSpace(f.src[textedit.LineStart(f.src, at):at])) == 0
}
