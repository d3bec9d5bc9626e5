package spec

import "fmt"

// modifiers reads what follows a base: "?", bounds and a default.
func (p *parser) modifiers(d *draft, depth int) {
	for {
		switch t := p.tok; {
		case t.is("?"):
			p.question(d)
		case t.is("<=") || t.is(">=") || t.is("<") || t.is(">"):
			p.bound(d)
		case t.kind == word && t.text == "in":
			p.in(d)
		case t.is("~"):
			p.expression(d)
		case t.is("="):
			p.preset(d, depth)
		default:
			return
		}
	}
}

func (p *parser) question(d *draft) {
	at := p.tok.at
	switch {
	case d.Optional:
		p.fail(at, "the type says twice that it may be absent", `remove the "?"`)
	case len(d.bounds) > 0 || d.hasIn && d.inAt.Offset > d.at.Offset || d.hasRegex || d.hasPre:
		p.fail(at, `"?" behind a bound`, `write it right behind the type: "str? <=500"`)
	}
	d.Optional, d.question = true, at
	p.advance()
}

func (p *parser) bound(d *draft) {
	b := writtenBound{sign: p.tok.text, at: p.tok.at}
	p.advance()
	if p.tok.kind != number {
		p.failAt(p.tok, fmt.Sprintf("expected a number behind %s, found %s", b.sign, p.tok.found()), fmt.Sprintf(`write it as "%s100"`, b.sign))
		d.broken = true
		if p.tok.kind == word || p.tok.kind == odd {
			p.advance()
		}
		return
	}
	b.number, b.numberAt = p.tok.text, p.tok.at
	d.bounds = append(d.bounds, b)
	p.advance()
}

func (p *parser) in(d *draft) {
	at := p.tok.at
	p.advance()
	if !p.tok.is("[") {
		p.failAt(p.tok, "expected [ behind in, found "+p.tok.found(), `write the allowed values as "in[a|b]"`)
		d.broken = true
		return
	}
	values, ok := p.values("in", "|")
	if d.hasIn {
		p.fail(at, "the allowed values are given twice", "put all of them into one in[…]")
		ok = false
	}
	d.hasIn, d.in, d.inAt = true, values, at
	d.broken = d.broken || !ok
}

func (p *parser) expression(d *draft) {
	at := p.tok.at
	r, size := p.peek()
	if r != '/' {
		p.advance()
		p.fail(at, "expected /regex/ behind ~, found "+p.tok.found(), `write it as "~/^[A-Z]+$/"`)
		d.broken = true
		return
	}
	p.skip(size)
	re := p.regex()
	if !re.closed {
		p.fail(at, "the expression is not closed", `end it with "/"; a / in it is written \/`)
		d.broken = true
		p.pos = re.at // the fields behind it are read too
		p.advance()
		return
	}
	p.advance()
	switch {
	case p.badSize > 0:
		d.broken = !p.checkLiteral(re)
	case d.hasRegex:
		p.fail(at, "a second expression", "one that says both is one expression")
		d.broken = true
	}
	d.hasRegex, d.regex = true, re
}

func (p *parser) preset(d *draft, depth int) {
	at := p.tok.at
	v := p.value("")
	p.advance()
	switch {
	case !p.checkLiteral(v):
		d.broken = true
	case !v.quoted && v.text == "":
		p.fail(at, "the default is missing", `write it as "= medium", an empty text as "= """`)
		d.broken = true
	case d.hasPre:
		p.fail(at, "a second default", "keep one of the two")
		d.broken = true
	case depth > 0:
		p.fail(at, "only a field has a default", "remove it")
		d.broken = true
	case !v.quoted && isNone(v.text):
		p.none(d, at)
		return
	}
	d.hasPre, d.preset, d.presetAt = true, v, at
}

// none reads "= None", with which Python says that a field may be absent.
func (p *parser) none(d *draft, at Pos) {
	if !d.Optional && !d.broken {
		p.fail(at, "None as the default of a type that may not be absent", `write "`+string(d.Base)+`?" for what may be absent`)
		d.broken = true
	}
}
