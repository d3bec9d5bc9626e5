package spec

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// checkType holds the parts of a type against each other and fills in its
// canonical form.
func (p *parser) checkType(d *draft, element bool) {
	before := len(p.errs)
	t := traitOf[d.Base]
	if element && d.Optional {
		p.fail(d.question, "what a list or a dict holds cannot be absent", `leave it out of the list, or make the whole field optional`)
	}
	p.checkBounds(d, t)
	p.checkAbsence(d)
	p.checkIn(d, t)
	p.checkRegex(d, t)
	if d.hasPre && len(p.errs) == before {
		p.checkDefault(d, t)
	}
	d.broken = len(p.errs) > before
}

// checkAbsence makes a list, a set or a dict that may be absent one that may be
// empty: protobuf and JSON's readers cannot tell the two apart.
func (p *parser) checkAbsence(d *draft) {
	if !d.Optional || d.Elem == nil {
		return
	}
	if d.Min.Set() {
		p.fail(d.question, fmt.Sprintf("a %s that may be absent may be empty too, which its lower bound refuses", d.Base), `remove the "?" or the bound`)
	}
	d.Optional = false
}

// checkElement refuses what protobuf cannot hold in a list, a set or a dict.
func (p *parser) checkElement(d *draft, at Pos) {
	e := d.Elem
	switch {
	case e.Base == List || e.Base == Set || e.Base == Dict && e.Elem != nil:
		p.fail(at, fmt.Sprintf("protobuf has no %s of a %s", d.Base, e.Base), fmt.Sprintf("hold messages that have the %s, or Any", e.Base))
	case d.Base == Set && traitOf[e.Base].loose:
		p.fail(at, fmt.Sprintf("a set of %s: protovalidate cannot tell whether two are the same", e), `write "list[`+e.String()+`]"`)
	default:
		return
	}
	d.broken = true
}

func (p *parser) checkIn(d *draft, t *trait) {
	if !d.hasIn {
		return
	}
	switch {
	case !t.in:
		fix := fmt.Sprintf(`write "str in[%s]"`, joined(d.in))
		if d.Base == Enum {
			fix = "an enum's values stand in its own brackets"
		}
		p.fail(d.inAt, fmt.Sprintf("%s has no in[…]", d.Base), fix)
		return
	case len(d.bounds) > 0:
		p.fail(d.bounds[0].at, "a bound beside in[…]", "in[…] says all that is allowed: remove the bound")
		return
	case d.hasRegex:
		p.fail(d.inAt, "in[…] beside an expression", "in[…] says all that is allowed: remove the expression")
		return
	}
	seen := newTexts(len(d.in))
	d.Values = make([]string, 0, len(d.in))
	for _, v := range d.in {
		text, ok := v.text, true
		if d.Base != Str {
			text, ok = p.number(v.text, v.at, d.Base)
		}
		switch {
		case !ok:
			continue
		case text == "":
			p.fail(v.at, "an empty text among the allowed values", `remove it: "str?" may be absent`)
		case seen.has(text):
			p.fail(v.at, fmt.Sprintf("in[…] has %s twice", quote(text)), "remove one of them")
		}
		d.Values = append(d.Values, text)
	}
}

// texts is a set of texts, which most often has few.
type texts struct {
	few  []string
	many map[string]struct{}
}

const aFew = 8

func newTexts(n int) *texts {
	if n <= aFew {
		return &texts{few: make([]string, 0, n)}
	}
	return &texts{many: make(map[string]struct{}, n)}
}

// has reports whether a text was asked about before.
func (s *texts) has(text string) bool {
	if s.many == nil {
		known := slices.Contains(s.few, text)
		s.few = append(s.few, text)
		return known
	}
	n := len(s.many)
	s.many[text] = struct{}{}
	return len(s.many) == n
}

func joined(values []literal) string {
	var out []string
	for i, v := range values {
		if i == 3 {
			out = append(out, "…")
			break
		}
		out = append(out, short(v.text))
	}
	return strings.Join(out, "|")
}

func (p *parser) checkRegex(d *draft, t *trait) {
	if !d.hasRegex {
		return
	}
	at := d.regex.at
	if !t.regex {
		p.fail(at, fmt.Sprintf("%s has no expression", d.Base), `write "str ~/…/"`)
		return
	}
	if d.regex.text == "" {
		p.fail(at, "the expression is empty", "remove it: it refuses nothing")
		return
	}
	// protovalidate matches with RE2, whose Go version this is.
	if _, err := syntax.Parse(d.regex.text, syntax.Perl); err != nil {
		problem := "RE2 refuses the expression"
		var bad *syntax.Error
		if errors.As(err, &bad) {
			problem = fmt.Sprintf("%s: %s %s", problem, bad.Code, quote(bad.Expr))
		}
		p.fail(at, problem, "see the syntax at https://github.com/google/re2/wiki/Syntax")
		return
	}
	d.Pattern = d.regex.text
}

// number is a number as strconv writes it, if it is one of the base.
func (p *parser) number(text string, at Pos, b Base) (string, bool) {
	if b == Float {
		x, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil && isRange(err):
			p.fail(at, quote(text)+" does not fit float (64 bits)", "give a smaller one")
			return "", false
		case err != nil || x-x != 0 || strings.ContainsAny(text, "xX_"): // not a number, infinite, or not decimal
			p.fail(at, quote(text)+" is not a number", `write it as "1.5" or "1e6"`)
			return "", false
		case x == 0:
			return "0", true // there is no rule for the sign of zero
		}
		return strconv.FormatFloat(x, 'g', -1, 64), true
	}
	size := 32
	if b == Int64 {
		size = 64
	}
	n, err := strconv.ParseInt(text, 10, size)
	switch {
	case err != nil && isRange(err) && b == Int:
		p.fail(at, quote(text)+" does not fit int (32 bits)", `use "int64", which JSON carries as a text, or "float"`)
		return "", false
	case err != nil && isRange(err):
		p.fail(at, quote(text)+" does not fit "+string(b)+" (64 bits)", `use "float" or "decimal"`)
		return "", false
	case err != nil:
		p.fail(at, quote(text)+" is not a whole number", `write it as "100"; "float" has fractions`)
		return "", false
	}
	return strconv.FormatInt(n, 10), true
}

func isRange(err error) bool {
	return errors.Is(err, strconv.ErrRange)
}
