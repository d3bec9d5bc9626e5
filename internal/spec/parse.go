package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options are what a spec is read against.
type Options struct {
	// Reserved are names that no field may have: those of metadata, which stand
	// beside the payload's in a record.
	Reserved []string

	// Messages are the names of messages that a field may hold, as a spec would
	// write them. Nil takes any name.
	Messages []string
}

// maxErrors is how many mistakes are told: text that is no spec at all would have
// one for each of its words.
const maxErrors = 100

// Parse reads a spec. The error is of type [Errors] and has every mistake, each
// with its place and what to write instead; the spec is nil then. It takes time in
// proportion to the length of the text.
func Parse(text string, opts Options) (*Spec, error) {
	p := &parser{lexer: lexer{text: text, pos: Pos{0, 1}}, opts: opts}
	if len(text) > MaxBytes {
		// The text is not shown: nothing of it was looked at.
		return nil, Errors{{At: Pos{0, 1}, Problem: fmt.Sprintf("the spec has %d bytes", len(text)), Fix: fmt.Sprintf("at most %d are read; split the event", MaxBytes)}}
	}
	p.spec.Fields = make([]Field, 0, min(strings.Count(text, "("), MaxFields))
	p.advance()
	p.fields()
	p.checkNames()
	if len(p.errs) > 0 {
		slices.SortStableFunc(p.errs, func(a, b *Error) int { return a.At.Offset - b.At.Offset })
		return nil, p.errs
	}
	p.spec.text = text
	return &p.spec, nil
}

type parser struct {
	lexer

	opts Options
	tok  token // not yet taken; the lexer is behind it
	spec Spec
	errs Errors
	full bool // maxErrors was reached

	count   int // of fields, with those that are wrong
	drafts  [MaxDepth + 2]draft
	scratch []literal // values, until they are checked

	bracket int // offset of the next parenthesis, if it is not before the lexer
}

func (p *parser) advance() { p.tok = p.next() }

func (p *parser) fail(at Pos, problem, fix string) {
	switch {
	case len(p.errs) < maxErrors:
		p.errs = append(p.errs, &Error{At: at, Problem: problem, Fix: fix, text: p.text})
	case !p.full:
		p.full = true
		p.errs = append(p.errs, &Error{At: at, Problem: "there are more mistakes than are told", Fix: "correct these first", text: p.text})
	}
}

// failAt reports a token that is not what the grammar has there.
func (p *parser) failAt(t token, problem, fix string) {
	if t.kind == odd {
		r, size := utf8.DecodeRuneInString(t.text)
		problem, fix = describe(r, size)
	}
	p.fail(t.at, problem, fix)
}

// found is a token for an error.
func (t token) found() string {
	if t.kind == end {
		return "the end"
	}
	return quote(t.text)
}

func (p *parser) fields() {
	if p.tok.kind == end {
		p.fail(p.tok.at, "the spec is empty", `name at least one field, such as "id (UUID)"`)
		return
	}
	for p.tok.kind != end && !p.full {
		if p.count++; p.count > MaxFields {
			p.fail(p.tok.at, fmt.Sprintf("more than %d fields", MaxFields), "split the event, or put fields that belong together into a message")
			return
		}
		p.field()
		for p.tok.is(")") {
			p.fail(p.tok.at, "a ) that closes nothing", "remove it")
			p.advance()
		}
		switch {
		case p.tok.is(","):
			p.advance()
			for p.tok.is(",") {
				p.fail(p.tok.at, "a field is missing between two commas", "remove one of them")
				p.advance()
			}
		case p.tok.kind != end:
			p.failAt(p.tok, "expected a comma between two fields, found "+p.tok.found(), `write "," before it`)
			if p.tok.kind != word {
				p.skipTo()
			}
		}
	}
}

// field reads "name (type)" and leaves the token behind it to be looked at.
func (p *parser) field() {
	name := p.tok
	if name.kind != word && name.kind != number {
		p.failAt(name, "expected a field's name, found "+name.found(), `write a field as "name (type)"`)
		if name.is("(") { // the type may be read all the same
			p.parenthesis(name)
			return
		}
		p.skipTo()
		return
	}
	f := Field{Name: name.text, At: name.at}
	ok := p.checkName(name)
	p.advance()
	if !p.tok.is("(") {
		p.missingOpen(name)
		return
	}
	if f.Type = p.parenthesis(name); ok {
		p.spec.Fields = append(p.spec.Fields, f)
	}
}

// missingOpen tells that no parenthesis follows a name, with what the field would
// be if the next word is its type.
func (p *parser) missingOpen(name token) {
	fix := fmt.Sprintf(`write "%s (str)"`, short(name.text))
	at := p.tok
	if p.tok.is(":") {
		p.advance()
	}
	if p.tok.kind == word {
		fix = fmt.Sprintf(`write "%s (%s)"`, short(name.text), short(p.tok.text))
	}
	p.failAt(at, fmt.Sprintf("expected ( behind the field's name %s, found %s", quote(name.text), at.found()), fix)
	p.skipTo()
}

func short(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}

// parenthesis reads "(type)".
func (p *parser) parenthesis(name token) Type {
	before := len(p.errs)
	p.advance()
	if p.tok.is(")") {
		p.fail(p.tok.at, fmt.Sprintf("the field %s has no type", quote(name.text)), `write one, such as "str"`)
		p.advance()
		return Type{}
	}
	t := p.typ(0)
	switch {
	case p.tok.is(")"):
		p.advance()
	case p.tok.is(",") && p.beforeClose():
		p.fail(p.tok.at, "a comma before the ) of the field "+quote(name.text), "remove it")
		p.advance()
		p.advance()
	case p.tok.is(",") || p.tok.kind == end:
		p.fail(p.tok.at, fmt.Sprintf("the ( of the field %s is not closed", quote(name.text)), `write ")" here`)
	case len(p.errs) > before && p.tok.kind != odd:
		p.skipTo() // what comes now follows from what was told
	case p.tok.is("("):
		p.fail(p.tok.at, fmt.Sprintf("a ( inside the type of the field %s", quote(name.text)), `bounds follow the type: "str <=500", "int >=0"`)
		p.skipTo()
	default:
		p.failAt(p.tok, fmt.Sprintf("expected ) behind the type, found %s", p.tok.found()), afterType(p.tok))
		p.skipTo()
	}
	return t
}

// beforeClose reports whether the next character after the token is a closing
// parenthesis.
func (p *parser) beforeClose() bool {
	p.blanks()
	r, _ := p.peek()
	return r == ')'
}

func afterType(t token) string {
	switch {
	case t.is("?"):
		return `write "?" once, right behind the type`
	case t.is("]"):
		return "no [ is open here: remove it"
	default:
		return `bounds are >=, <=, > and < with a number, in[a|b] and ~/regex/`
	}
}

// skipTo leaves a broken field: behind the parenthesis that ends it or, if that is
// missing, at the comma before the next field.
func (p *parser) skipTo() {
	p.pos = p.tok.at
	brackets, parentheses := 0, 0
	for {
		r, size := p.peek()
		switch {
		case size == 0:
			p.advance()
			return
		case r == '[':
			brackets++
		case r == ']':
			brackets--
		case r == '(':
			parentheses++
		case r == ',' && brackets <= 0 && parentheses == 0 && !p.closes():
			p.advance()
			return
		case r == ')' && parentheses == 0:
			p.skip(size)
			p.advance()
			return
		case r == ')':
			parentheses--
		}
		p.skip(size)
	}
}

// closes reports whether the next parenthesis is a closing one. Where it is, is
// kept, so that text without any is not searched again and again.
func (p *parser) closes() bool {
	if p.bracket < p.pos.Offset {
		p.bracket = len(p.text)
		if i := strings.IndexAny(p.text[p.pos.Offset:], "()"); i >= 0 {
			p.bracket = p.pos.Offset + i
		}
	}
	return p.bracket < len(p.text) && p.text[p.bracket] == ')'
}

// reserved reports whether a name is one of metadata.
func (p *parser) reserved(name string) bool { return slices.Contains(p.opts.Reserved, name) }

// inMessages reports whether a name is of a message that a field may hold.
func (p *parser) inMessages(name string) bool {
	return p.opts.Messages == nil || slices.Contains(p.opts.Messages, strings.TrimPrefix(name, "."))
}
