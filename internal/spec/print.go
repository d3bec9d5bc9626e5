package spec

import (
	"strings"
	"unicode"
)

// String is the field as the canonical line has it.
func (f Field) String() string { return f.Name + " (" + f.Type.String() + ")" }

// String is the type as the canonical line has it.
func (t Type) String() string {
	var b strings.Builder
	t.print(&b)
	return b.String()
}

func (t Type) print(b *strings.Builder) {
	switch {
	case t.Base == Message:
		b.WriteString(t.Message)
	case t.Base == Enum:
		b.WriteString("enum[" + strings.Join(t.Values, "|") + "]")
	case t.Base == Dict && t.Elem != nil:
		b.WriteString("dict[str, ")
		t.Elem.print(b)
		b.WriteByte(']')
	case t.Elem != nil:
		b.WriteString(string(t.Base) + "[")
		t.Elem.print(b)
		b.WriteByte(']')
	default:
		b.WriteString(string(t.Base))
	}
	if t.Optional {
		b.WriteByte('?')
	}
	printBound(b, " >", t.Min)
	printBound(b, " <", t.Max)
	if len(t.Values) > 0 && t.Base != Enum {
		b.WriteString(" in[")
		for i, v := range t.Values {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(value(v))
		}
		b.WriteByte(']')
	}
	if t.Pattern != "" {
		b.WriteString(" ~/" + escapeSlashes(t.Pattern) + "/")
	}
	if t.Default != nil {
		b.WriteString(" = " + value(*t.Default))
	}
}

func printBound(b *strings.Builder, sign string, bound Bound) {
	if !bound.Set() {
		return
	}
	b.WriteString(sign)
	if !bound.Exclusive {
		b.WriteByte('=')
	}
	b.WriteString(bound.Number)
}

// value is a value as it can be read again: bare if it is nothing but letters,
// digits and signs that have no meaning in a spec, else in quotes.
func value(v string) string {
	if v != "" && !isNone(v) && strings.IndexFunc(v, func(r rune) bool { return !plain(r) }) < 0 {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// plain are the characters that the printer leaves without quotes. The parser
// takes more.
func plain(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("_-.+:/@", r)
}

// escapeSlashes writes an expression between slashes. A backslash and what it
// escapes stay together.
func escapeSlashes(re string) string {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		switch {
		case re[i] == '\\' && i+1 < len(re):
			b.WriteString(re[i : i+2])
			i++
		case re[i] == '/':
			b.WriteString(`\/`)
		default:
			b.WriteByte(re[i])
		}
	}
	return b.String()
}
