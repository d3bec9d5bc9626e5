package spec

// union refuses a type that is one of several.
func (p *parser) union(at Pos) {
	p.fail(at, "a field has one type", `write "X | None" or "X?" for what may be absent, in[a|b] for allowed values, Any for anything`)
}

// optional reads Optional[X].
func (p *parser) optional(d *draft, depth int) {
	at := p.tok.at
	p.advance()
	if !p.open("Optional", "Optional[str]") {
		d.broken = true
		return
	}
	d.take(p.base(depth + 1))
	p.modifiers(d, depth)
	d.Optional, d.question = true, at
	p.close("Optional", d)
}

// unionOf reads Union[X, None], in any order.
func (p *parser) unionOf(d *draft, depth int) {
	at := p.tok.at
	p.advance()
	if !p.open("Union", "Union[str, None]") {
		d.broken = true
		return
	}
	found, none, broken := 0, false, false
	var inner *draft
	for {
		if p.tok.kind == word && isNone(p.tok.text) {
			none = true
			p.advance()
		} else {
			found++
			next := p.base(depth + 1)
			broken = broken || next.broken
			inner = next
		}
		if !p.tok.is(",") {
			break
		}
		p.advance()
	}
	if found == 1 {
		d.take(inner)
	}
	if found != 1 {
		if !broken {
			p.union(at)
		}
		d.broken = true
	} else if none {
		d.Optional, d.question = true, at
	}
	p.close("Union", d)
}

// oneOf reads Literal[…], which is in[…].
func (p *parser) oneOf(d *draft) {
	at := p.tok.at
	p.advance()
	if !p.tok.is("[") {
		p.failAt(p.tok, "expected [ behind Literal, found "+p.tok.found(), `say its values: "Literal["low", "high"]"`)
		d.broken = true
		return
	}
	values, ok := p.values("Literal", ",")
	d.hasIn, d.in, d.inAt = true, values, at
	d.broken = !ok
	texts := 0
	for _, v := range values {
		if v.quoted {
			texts++
		}
	}
	switch {
	case texts == len(values):
		d.Base = Str
	case texts == 0 && !d.broken:
		d.Base = Int
	case !d.broken:
		p.fail(at, "the values of Literal are not all texts", `put each in quotes, or write "int in[1|2]" for numbers`)
		d.broken = true
	}
}
