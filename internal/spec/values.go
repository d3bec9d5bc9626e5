package spec

import (
	"fmt"
	"unicode/utf8"
)

// enum reads the values of an enum.
func (p *parser) enum(d *draft) {
	p.advance()
	if !p.tok.is("[") {
		p.failAt(p.tok, "expected [ behind enum, found "+p.tok.found(), `say its values: "enum[low|high]"`)
		d.broken = true
		return
	}
	values, ok := p.values("enum", "|")
	d.broken = !p.checkEnum(d, values) || !ok
}

// values reads "[a|b]"; the token is the bracket that opens it. It reports whether
// they are sound and the bracket that closes them is there. They are valid until the
// next values are read.
func (p *parser) values(name, separator string) ([]literal, bool) {
	open := p.tok
	out := p.scratch[:0]
	defer func() { p.scratch = out }()
	ok := true
	for {
		v := p.value(separator + "]")
		if ok = p.checkLiteral(v) && ok; v.quoted || v.text != "" {
			out = append(out, v)
		} else {
			p.failValue(v.at, name, open, len(out))
			ok = false
		}
		p.advance()
		switch {
		case p.tok.is(separator):
			continue
		case p.tok.is("]"):
			p.advance()
			return out, ok
		case p.tok.is(",") || p.tok.is("|"):
			p.fail(p.tok.at, fmt.Sprintf("%s between two values of %s", quote(p.tok.text), name), fmt.Sprintf(`write %q, or "]" behind the last`, separator))
			ok = false
			continue
		}
		switch {
		case !ok:
		case p.tok.kind == end || p.tok.is(")"):
			p.fail(p.tok.at, fmt.Sprintf("the [ of %s is not closed", name), `write "]" here`)
		default:
			p.failAt(p.tok, fmt.Sprintf("expected %s or ] behind a value, found %s", separator, p.tok.found()), "put a value with other signs in double quotes")
			p.balanced()
		}
		if ok && p.tok.kind != end && !p.tok.is(")") {
			p.recover()
		}
		return out, false
	}
}

func (p *parser) failValue(at Pos, name string, open token, n int) {
	if n == 0 && at.Offset < len(p.text) && p.text[at.Offset] == ']' {
		p.fail(open.at, fmt.Sprintf("the values of %s are missing", name), fmt.Sprintf(`write them as "%s[a|b]"`, name))
		return
	}
	p.fail(at, "a value is missing", `write one, or remove the sign before it`)
}

// recover goes to the bracket that ends a list of values, if there is one.
func (p *parser) recover() {
	for p.tok.kind != end && !p.tok.is(")") && !p.tok.is("(") {
		closing := p.tok.is("]")
		p.advance()
		if closing {
			return
		}
	}
}

// checkLiteral reports what the value read last cannot hold.
func (p *parser) checkLiteral(v literal) bool {
	switch {
	case p.badSize > 0 && p.bad == '\\':
		p.fail(p.badAt, `a \ in quotes stands before \, " or '`, `write \\ for one`)
		return false
	case p.badSize > 0:
		problem, fix := describe(p.bad, p.badSize)
		if p.bad >= utf8.RuneSelf && !v.quoted && fix != "remove it" {
			fix += ", or put the value in double quotes"
		}
		p.fail(p.badAt, problem, fix)
		return false
	case v.quoted && !v.closed:
		p.fail(v.at, "the quotes are not closed", "end the value with the same sign")
		return false
	}
	return true
}
