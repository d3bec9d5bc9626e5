package eventrt

import (
	"math"
	"strconv"
)

// Numbers are read as producers write them: 64-bit ones as text, the others as numbers.
// The reference also reads each as the other, with exponents, and with a point.

// Bool reads a bool.
func (d *Decoder) Bool() bool {
	switch d.next() {
	case 't':
		if len(d.b)-d.i >= 4 && string(d.b[d.i:d.i+4]) == "true" {
			d.i += 4
			return true
		}
	case 'f':
		if len(d.b)-d.i >= 5 && string(d.b[d.i:d.i+5]) == "false" {
			d.i += 5
			return false
		}
	}
	d.Unsure()
	return false
}

// whole reads digits without a leading zero, up to most.
func (d *Decoder) whole(most uint64) uint64 {
	start := d.i
	var n uint64
	for d.i < len(d.b) && d.b[d.i] >= '0' && d.b[d.i] <= '9' {
		n = 10*n + uint64(d.b[d.i]-'0')
		d.i++
	}
	digits := d.i - start
	// 19 digits cannot overflow, and the 20 of the greatest number begin with 1.
	if digits == 0 || digits > 20 || digits > 1 && d.b[start] == '0' || digits == 20 && (d.b[start] != '1' || n < 1e19) || n > most {
		d.Unsure()
		return 0
	}
	return n
}

// signed reads a whole number from -most-1 to most. It leaves -0 to the reference.
func (d *Decoder) signed(most uint64) int64 {
	if d.i < len(d.b) && d.b[d.i] == '-' {
		d.i++
		n := d.whole(most + 1)
		if n == 0 {
			d.Unsure()
		}
		return -int64(n) //nolint:gosec // the least number is its own negative
	}
	return int64(d.whole(most)) //nolint:gosec // most is the greatest
}

// ended leaves to the reference what goes on behind a number.
func (d *Decoder) ended() {
	if d.i < len(d.b) {
		switch d.b[d.i] {
		case '.', 'e', 'E':
			d.Unsure()
		}
	}
}

// quoted reads a quote, if it comes next.
func (d *Decoder) quoted() bool {
	if d.next() != '"' {
		return false
	}
	d.i++
	return true
}

// unquoted reads the quote behind a number that is a text.
func (d *Decoder) unquoted(quoted bool) {
	if !quoted {
		d.ended()
		return
	}
	if d.i == len(d.b) || d.b[d.i] != '"' {
		d.Unsure()
		return
	}
	d.i++
}

// Int32 reads a number.
func (d *Decoder) Int32() int32 {
	d.next()
	n := d.signed(math.MaxInt32)
	d.ended()
	return int32(n) //nolint:gosec // it is in range
}

// Uint32 reads a number.
func (d *Decoder) Uint32() uint32 {
	d.next()
	n := d.whole(math.MaxUint32)
	d.ended()
	return uint32(n) //nolint:gosec // it is in range
}

// Int64 reads a number, as text or not.
func (d *Decoder) Int64() int64 {
	q := d.quoted()
	n := d.signed(math.MaxInt64)
	d.unquoted(q)
	return n
}

// Uint64 reads a number, as text or not.
func (d *Decoder) Uint64() uint64 {
	q := d.quoted()
	n := d.whole(math.MaxUint64)
	d.unquoted(q)
	return n
}

// maxDigits bounds the characters of a number that is not whole: of those that are
// written for a float64 none is longer.
const maxDigits = 32

// number reads over a number of JSON's grammar, and returns it.
func (d *Decoder) number() []byte {
	d.next()
	start := d.i
	digits := func() {
		from := d.i
		for d.i < len(d.b) && d.b[d.i] >= '0' && d.b[d.i] <= '9' {
			d.i++
		}
		if d.i == from {
			d.Unsure()
		}
	}
	is := func(a, b byte) bool {
		if d.i < len(d.b) && (d.b[d.i] == a || d.b[d.i] == b) {
			d.i++
			return true
		}
		return false
	}
	is('-', '-')
	if !is('0', '0') {
		digits()
	}
	if is('.', '.') {
		digits()
	}
	if is('e', 'E') {
		is('+', '-')
		digits()
	}
	if d.unsure || d.i-start > maxDigits {
		d.Unsure()
		return nil
	}
	return d.b[start:d.i]
}

// Float reads a number.
func (d *Decoder) Float() float32 { return float32(d.float(32)) }

// Double reads a number.
func (d *Decoder) Double() float64 { return d.float(64) }

func (d *Decoder) float(bits int) float64 {
	if d.next() == '"' {
		s, _ := d.plainText()
		switch string(s) {
		case "NaN":
			return math.NaN()
		case "Infinity":
			return math.Inf(1)
		case "-Infinity":
			return math.Inf(-1)
		}
		d.Unsure()
		return 0
	}
	n, err := strconv.ParseFloat(string(d.number()), bits)
	if err != nil {
		d.Unsure()
	}
	return n
}

// Keys of maps are texts, with a number as it is written. ParseMap reads the colon.

// Int32Key reads a key.
func (d *Decoder) Int32Key() int32 { return int32(d.signedKey(math.MaxInt32)) } //nolint:gosec // it is in range

// Int64Key reads a key.
func (d *Decoder) Int64Key() int64 { return d.signedKey(math.MaxInt64) }

// Uint32Key reads a key.
func (d *Decoder) Uint32Key() uint32 { return uint32(d.wholeKey(math.MaxUint32)) } //nolint:gosec // it is in range

// Uint64Key reads a key.
func (d *Decoder) Uint64Key() uint64 { return d.wholeKey(math.MaxUint64) }

func (d *Decoder) signedKey(most uint64) int64 {
	q := d.quoted()
	n := d.signed(most)
	d.unquoted(q)
	if !q {
		d.Unsure()
	}
	return n
}

func (d *Decoder) wholeKey(most uint64) uint64 {
	q := d.quoted()
	n := d.whole(most)
	d.unquoted(q)
	if !q {
		d.Unsure()
	}
	return n
}
