package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// draft is a type as it is written, before its parts are held against each other.
type draft struct {
	Type

	at       Pos
	bounds   []writtenBound
	in       []literal
	inAt     Pos
	hasIn    bool
	regex    literal
	hasRegex bool
	preset   literal // the default
	presetAt Pos
	hasPre   bool
	question Pos // of the ?, or of Python's word for it
	broken   bool
}

type writtenBound struct {
	sign, number string
	at, numberAt Pos
}

// typ reads a type with its modifiers. Depth is 0 for a field's own type, and more
// for what is inside brackets.
func (p *parser) typ(depth int) Type {
	d := p.base(depth)
	p.modifiers(d, depth)
	if !d.broken {
		p.checkType(d, depth > 0)
	}
	return d.Type
}

// base reads a type up to its modifiers, and Python's "X | None".
func (p *parser) base(depth int) *draft {
	d := p.single(depth)
	for p.tok.is("|") {
		bar := p.tok.at
		p.advance()
		switch {
		case p.tok.kind == word && isNone(p.tok.text):
			d.Optional, d.question = true, p.tok.at
			p.advance()
		case d.Base == "" && d.Optional && !d.broken: // None | X
			at := d.question
			d = p.single(depth)
			d.Optional, d.question = true, at
		default:
			p.union(bar)
			d.broken = true
			if p.tok.kind == word {
				p.single(depth)
			}
		}
	}
	if d.Base == "" && !d.broken {
		p.fail(d.at, "None alone is not a type", `write the type of the value: "str?" may be absent`)
		d.broken = true
	}
	return d
}

// single reads one type without a union.
func (p *parser) single(depth int) *draft {
	d := p.fresh(depth)
	t := p.tok
	if t.kind != word {
		p.failAt(t, "expected a type, found "+t.found(), "types are "+Types()+" or a message's name")
		d.broken = true
		if t.is("[") {
			p.balanced()
		} else if t.kind == odd || t.kind == number {
			p.advance()
		}
		return d
	}
	if depth > MaxDepth {
		p.fail(t.at, fmt.Sprintf("brackets are nested deeper than %d", MaxDepth), "put what belongs together into a message")
		d.broken = true
		p.advance()
		p.balanced()
		return d
	}
	if isNone(t.text) {
		d.Optional, d.question = true, t.at
		p.advance()
		return d
	}
	switch wrappers[t.text] {
	case "Optional":
		p.optional(d, depth)
		return d
	case "Union":
		p.unionOf(d, depth)
		return d
	case "Literal":
		p.oneOf(d)
		return d
	}
	b, known := spellings[t.text]
	switch {
	case known:
		d.Base = b
		p.arguments(d, depth)
	case p.isMessage(t.text):
		d.Base, d.Type.Message = Message, t.text
		p.advance()
	default:
		p.unknown(t)
		d.broken = true
		p.advance()
		p.balanced()
	}
	return d
}

// fresh is an empty draft at a depth. There is one for each, and one is enough: what
// is inside brackets is complete, and taken, before what is around it goes on.
func (p *parser) fresh(depth int) *draft {
	d := &p.drafts[min(depth, len(p.drafts)-1)]
	*d = draft{at: p.tok.at, bounds: d.bounds[:0]}
	return d
}

// take makes d what is inside its brackets.
func (d *draft) take(inner *draft) {
	*d = *inner
	inner.bounds = nil // d appends to them
}

// isNone reports whether a word is a language's word for nothing.
func isNone(s string) bool { return s == "None" || s == "null" }

// isMessage reports whether a word that is not a base names a message: one that is
// spelt so and is not a base in other letters, or one that is known.
func (p *parser) isMessage(name string) bool {
	if !isMessageName(name) || !p.inMessages(name) {
		return false
	}
	if p.opts.Messages != nil || strings.Contains(name, ".") {
		return true
	}
	for s := range spellings {
		if strings.EqualFold(s, name) {
			return false
		}
	}
	return true
}

func (p *parser) unknown(t token) {
	at := t.at
	for _, r := range t.text {
		if r >= utf8.RuneSelf {
			problem, fix := describe(r, utf8.RuneLen(r))
			p.fail(at, fmt.Sprintf("%s in the type %s", problem, quote(t.text)), fix)
			return
		}
		at.Column++
		at.Offset += utf8.RuneLen(r)
	}
	if strings.EqualFold(t.text, "datetime.time") || t.text == "time" {
		p.fail(t.at, "a time of day has no type of its own", "use datetime, or str with ~/regex/")
		return
	}
	problem := "unknown type " + quote(t.text)
	if isMessageName(t.text) && p.opts.Messages != nil {
		problem = "no type and no message is called " + quote(t.text)
	}
	p.fail(t.at, problem, suggestion(t.text, p.opts.Messages))
}

// open takes the [ that must follow a word.
func (p *parser) open(name, example string) bool {
	if !p.tok.is("[") {
		p.failAt(p.tok, fmt.Sprintf("expected [ behind %s, found %s", name, p.tok.found()), fmt.Sprintf("write it as %q", example))
		return false
	}
	p.advance()
	return true
}

// close takes the ] that must end what a word opened.
func (p *parser) close(name string, d *draft) {
	if p.tok.is("]") {
		p.advance()
		return
	}
	if !d.broken {
		p.failAt(p.tok, fmt.Sprintf("the [ of %s is not closed: found %s", name, p.tok.found()), `write "]" before it`)
	}
	d.broken = true
	depth := 0
	for p.tok.kind != end && !p.tok.is(")") && !p.tok.is("(") {
		switch {
		case p.tok.is("["):
			depth++
		case p.tok.is("]"):
			depth--
		case p.tok.is(",") && depth <= 0:
			return
		}
		p.advance()
		if depth < 0 {
			return
		}
	}
}

// balanced skips brackets whose meaning is not known.
func (p *parser) balanced() {
	if !p.tok.is("[") {
		return
	}
	depth := 0
	for p.tok.kind != end && !p.tok.is(")") && !p.tok.is("(") {
		if p.tok.is("[") {
			depth++
		}
		if p.tok.is("]") {
			depth--
		}
		p.advance()
		if depth == 0 {
			return
		}
	}
}

// arguments reads what stands in brackets behind a base.
func (p *parser) arguments(d *draft, depth int) {
	name := p.tok
	switch d.Base {
	case Enum:
		p.enum(d)
		return
	case List, Set:
		p.advance()
		if !p.tok.is("[") {
			if d.Base == Set {
				p.failAt(p.tok, "expected [ behind set, found "+p.tok.found(), `say what it holds: "set[str]"`)
				d.broken = true
				return
			}
			d.Elem = &Type{Base: Any} // as in Python
			return
		}
		p.advance()
		p.element(d, name.text, depth)
	case Dict:
		p.advance()
		if !p.tok.is("[") {
			return
		}
		p.advance()
		p.pairs(d, name.text, depth)
	default:
		p.advance()
		if p.tok.is("[") {
			p.fail(p.tok.at, fmt.Sprintf("%s takes nothing in brackets", d.Base), `allowed values are "in[a|b]", a list is "list[`+string(d.Base)+`]"`)
			d.broken = true
			p.balanced()
		}
	}
}

// element reads what a list or a set holds, and the bracket that ends it.
func (p *parser) element(d *draft, name string, depth int) {
	if p.tok.is("]") {
		p.fail(p.tok.at, fmt.Sprintf("the %s says nothing about what it holds", d.Base), fmt.Sprintf(`write "%s[str]"`, d.Base))
		p.advance()
		d.broken = true
		return
	}
	at, before := p.tok.at, len(p.errs)
	elem := p.typ(depth + 1)
	d.Elem = &elem
	if len(p.errs) > before {
		d.broken = true
	} else {
		p.checkElement(d, at)
	}
	p.close(name, d)
}

// pairs reads "str, T]" of a dict.
func (p *parser) pairs(d *draft, name string, depth int) {
	key := p.tok
	switch {
	case key.is("]"):
		p.fail(key.at, "the dict says nothing about what it holds", `write "dict[str, int]", or "dict" for any JSON object`)
		d.broken = true
		p.advance()
		return
	case key.kind != word || spellings[key.text] != Str:
		p.failAt(key, fmt.Sprintf("a dict's keys are str, found %s", key.found()), `JSON has no other: write "dict[str, …]"`)
		d.broken = true
	}
	if key.kind == word {
		p.advance()
	}
	if !p.tok.is(",") {
		if !d.broken {
			p.failAt(p.tok, fmt.Sprintf("expected , behind the dict's key, found %s", p.tok.found()), `write "dict[str, int]"`)
		}
		d.broken = true
		p.close(name, d)
		return
	}
	p.advance()
	p.element(d, name, depth)
	if !d.broken && d.Elem.Base == Any {
		d.Elem = nil
	}
}
