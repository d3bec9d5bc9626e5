package servicesedit

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// unknown is the edit that File.edit refuses.
var unknown = textedit.Edit{Start: -1}

// addItem adds an item behind the last one of a list. Of several lines, those after
// the first are indented to be below it.
func (f *File) addItem(list *yaml.Node, block, flow string) []textedit.Edit {
	if list.Style&yaml.FlowStyle != 0 {
		return f.addToFlow(list, flow)
	}
	if len(list.Content) == 0 {
		return []textedit.Edit{unknown}
	}
	first, end := list.Content[0], f.end(list)
	if end < 0 {
		return []textedit.Edit{unknown}
	}
	gap := 1
	if first.Line == list.Line && first.Column > list.Column+1 {
		gap = first.Column - list.Column - 1
	}
	return []textedit.Edit{f.below(end, item(block, list.Column-1, gap))}
}

// item is an item of a block list, whose dash is in a column that counts from 0.
func item(text string, column, gap int) string {
	dash := strings.Repeat(" ", column)
	inner := dash + strings.Repeat(" ", 1+gap)
	return dash + "-" + strings.Repeat(" ", gap) + strings.TrimPrefix(textedit.Lines(text, inner, "\n"), inner)
}

// below puts lines after the line that ends behind at.
func (f *File) below(at int, text string) textedit.Edit {
	end := f.lineEnd(at)
	eol := textedit.LineEnd(f.src, end)
	return textedit.Insert(end, eol+textedit.Lines(text, "", eol))
}

// addToFlow adds an item to a list, or a key to a mapping, in brackets or braces.
func (f *File) addToFlow(n *yaml.Node, text string) []textedit.Edit {
	open := f.start(n)
	if open < 0 {
		return []textedit.Edit{unknown}
	}
	closing, last, comma := f.flow(open)
	switch {
	case closing < 0:
		return []textedit.Edit{unknown}
	case len(n.Content) == 0:
		return []textedit.Edit{textedit.Insert(open+1, text)}
	}
	before := ","
	if comma {
		before = ""
	}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2 // from value to key
	}
	at := f.start(n.Content[len(n.Content)-step])
	if at < 0 || !f.begins(at) || f.lineEnd(last) > closing {
		return []textedit.Edit{textedit.Insert(last, before+" "+text)}
	}
	if comma {
		text += ","
	}
	end := f.lineEnd(last)
	eol := textedit.LineEnd(f.src, end)
	return []textedit.Edit{textedit.Insert(last, before), textedit.Insert(end, eol+textedit.Indent(f.src, at)+text)}
}

// addKey adds a key to a mapping, behind the value of the last of some keys that it
// has, or at its end.
func (f *File) addKey(m *yaml.Node, behind []string, block, flow string) []textedit.Edit {
	if m.Style&yaml.FlowStyle != 0 {
		return f.addToFlow(m, flow)
	}
	last := m.Content[len(m.Content)-1]
	for _, key := range behind {
		if v := value(m, key); v != nil {
			last = v
		}
	}
	end := f.end(last)
	if end < 0 {
		return []textedit.Edit{unknown}
	}
	return []textedit.Edit{f.below(end, textedit.Lines(block, strings.Repeat(" ", m.Column-1), "\n"))}
}

// value is that of a key of a mapping, nil if it has none.
func value(m *yaml.Node, key string) *yaml.Node {
	if m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// step is by how much this file indents the dashes of a list below its key.
func (f *File) step() int {
	if f.services == nil {
		return 2
	}
	for _, s := range f.services.Content {
		for _, key := range []string{"publishes", "groups"} {
			if list := value(s, key); list != nil && list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 && list.Column >= s.Column {
				return list.Column - s.Column
			}
		}
	}
	return 2
}

// text writes a name as YAML, in quotes where it would be something else without.
func text(name string) string {
	var plain yaml.Node
	err := yaml.Unmarshal([]byte("["+name+"]"), &plain)
	if err == nil && len(plain.Content) == 1 && len(plain.Content[0].Content) == 1 {
		if n := plain.Content[0].Content[0]; n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Style == 0 && n.Value == name {
			return name
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(name) + `"`
}

func texts(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = text(n)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
