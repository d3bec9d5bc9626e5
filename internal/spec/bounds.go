package spec

import (
	"fmt"
	"math"
	"strconv"
)

// checkBounds reads the bounds of a type and refuses those that leave nothing.
func (p *parser) checkBounds(d *draft, t *trait) {
	if len(d.bounds) == 0 || d.hasIn && t.in {
		return
	}
	if t.bounds == nothing || d.Base == Dict && d.Elem == nil {
		fix := "remove it"
		switch {
		case t.advice != "":
			fix = t.advice
		case d.Base == Dict:
			fix = `only a dict of one type is counted: "dict[str, str] >=1"`
		}
		p.fail(d.bounds[0].at, fmt.Sprintf("%s has no bounds", d.Type.name()), fix)
		return
	}
	var low, high *writtenBound
	for i := range d.bounds {
		b := &d.bounds[i]
		end := &low
		word := "lower"
		if b.sign[0] == '<' {
			end, word = &high, "upper"
		}
		if *end != nil {
			p.fail(b.at, fmt.Sprintf("a second %s bound", word), "keep one of the two")
			continue
		}
		*end = b
	}
	if t.bounds == integer || t.bounds == decimal {
		p.checkRange(d, low, high)
		return
	}
	p.checkSize(d, t, low, high)
}

// name is the base for an error.
func (t Type) name() string {
	if t.Base == Message {
		return t.Message
	}
	return string(t.Base)
}

// checkRange is about the values of numbers.
func (p *parser) checkRange(d *draft, low, high *writtenBound) {
	okLow, okHigh := true, true
	if low != nil {
		d.Min.Number, okLow = p.number(low.number, low.numberAt, d.Base)
		d.Min.Exclusive = low.sign == ">"
	}
	if high != nil {
		d.Max.Number, okHigh = p.number(high.number, high.numberAt, d.Base)
		d.Max.Exclusive = high.sign == "<"
	}
	if !okLow || !okHigh {
		return
	}
	for _, b := range []*writtenBound{low, high} {
		if b != nil && d.beyondAll(b) {
			p.fail(b.at, fmt.Sprintf("no %s is %s %s", d.Base, b.sign, b.number), "give a bound that leaves some")
			return
		}
	}
	if low != nil && high != nil && !leaves(d.Base, d.Min, d.Max) {
		last := high
		if low.at.Offset > high.at.Offset {
			last = low
		}
		p.fail(last.at, fmt.Sprintf("the bounds %s%s and %s%s leave no value", low.sign, d.Min.Number, high.sign, d.Max.Number), "exchange or correct them")
	}
}

// beyondAll reports whether a bound is past the last number that its type has.
func (d *draft) beyondAll(b *writtenBound) bool {
	low, high := strconv.Itoa(math.MinInt32), strconv.Itoa(math.MaxInt32)
	switch d.Base {
	case Int64:
		low, high = strconv.Itoa(math.MinInt64), strconv.Itoa(math.MaxInt64)
	case Float:
		high = strconv.FormatFloat(math.MaxFloat64, 'g', -1, 64)
		low = "-" + high
	}
	return b.sign == ">" && d.Min.Number == high || b.sign == "<" && d.Max.Number == low
}

// leaves reports whether there is a number between two bounds.
func leaves(b Base, low, high Bound) bool {
	if b == Float {
		x, _ := strconv.ParseFloat(low.Number, 64)
		y, _ := strconv.ParseFloat(high.Number, 64)
		if low.Exclusive {
			x = math.Nextafter(x, math.Inf(1))
		}
		if high.Exclusive {
			y = math.Nextafter(y, math.Inf(-1))
		}
		return x <= y
	}
	x, _ := strconv.ParseInt(low.Number, 10, 64)
	y, _ := strconv.ParseInt(high.Number, 10, 64)
	if low.Exclusive { // neither is the last of its type: that was refused
		x++
	}
	if high.Exclusive {
		y--
	}
	return x <= y
}

// checkSize is about lengths and counts, of which the canonical form has neither
// what is the default nor exclusive bounds.
func (p *parser) checkSize(d *draft, t *trait, low, high *writtenBound) {
	lowest := 0 // that of a lower bound which says nothing
	if d.Elem == nil && !d.Optional {
		lowest = 1
	}
	least, most := lowest, t.max
	if low != nil {
		n, ok := p.size(low, t)
		if !ok {
			return
		}
		if low.sign == ">" {
			n++
		}
		least = n
	}
	if high != nil {
		n, ok := p.size(high, t)
		if !ok {
			return
		}
		if high.sign == "<" {
			n--
		}
		if n <= 0 {
			p.fail(high.at, fmt.Sprintf("%s%s leaves nothing but the empty %s", high.sign, high.number, d.Base), "give a bound of 1 or more")
			return
		}
		most = n
	}
	switch {
	case most == 0 || least <= most:
	case high == nil:
		p.fail(low.at, fmt.Sprintf("%s%s is above the upper bound that %s has by default, %d", low.sign, low.number, d.Base, t.max), "give an upper bound too")
	default:
		last := high
		if low != nil && low.at.Offset > high.at.Offset {
			last = low
		}
		p.fail(last.at, fmt.Sprintf("the lower bound %d is above the upper bound %d", least, most), "exchange or correct them")
	}
	if !t.mayBeEmpty() && least == 0 && !d.Optional && d.Elem == nil {
		p.fail(low.at, fmt.Sprintf("an empty text is not of the type %s", d.Base), fmt.Sprintf(`write "%s?" for what may be absent`, d.Base))
	}
	if !t.mayBeEmpty() && least == 1 && d.Elem == nil {
		least = lowest // the rule of the type refuses the empty text anyway
	}
	if least != lowest {
		d.Min.Number = strconv.Itoa(least)
	}
	if most != t.max {
		d.Max.Number = strconv.Itoa(most)
	}
}

// mayBeEmpty reports whether the empty value is one of the type.
func (t *trait) mayBeEmpty() bool {
	return t.bounds == count || t.base == Str || t.base == Bytes
}

// maxSize is the largest length and count: int32's, so that every language of
// protobuf can hold it.
const maxSize = math.MaxInt32

func (p *parser) size(b *writtenBound, t *trait) (int, bool) {
	what := "a length"
	if t.bounds == count {
		what = "a count"
	}
	n, err := strconv.Atoi(b.number)
	switch {
	case err != nil && isRange(err) || n > maxSize-1:
		p.fail(b.numberAt, fmt.Sprintf("%s is too large for %s", quote(b.number), what), fmt.Sprintf("at most %d", maxSize-1))
	case err != nil:
		p.fail(b.numberAt, fmt.Sprintf("%s is not %s", quote(b.number), what), "write a whole number, 0 or more")
	case n < 0:
		p.fail(b.numberAt, fmt.Sprintf("%s of %d", what, n), "write a whole number, 0 or more")
	default:
		return n, true
	}
	return 0, false
}
