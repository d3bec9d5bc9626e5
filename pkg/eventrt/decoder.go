package eventrt

// Decoder reads one JSON text in one pass. A method moves it behind what was read; at
// anything that it is not sure of it stops for good, and all that it has returned is of no
// use. The zero value is not ready: call Reset.
type Decoder struct {
	b      []byte
	i      int
	budget int
	depth  int
	utc    bool
	inside bool // the next object is open: its first member comes next
	unsure bool

	// Of an object that was open: what its members may not be called, and the names that no
	// field has, of which none may come twice.
	reserved func(name []byte) bool
	unknown  [4][]byte
	unknowns int
}

// Reset makes d read b from a place on. Budget bounds the values that are read, in bytes
// of memory that they are charged. With utc a time without a zone is in UTC.
func (d *Decoder) Reset(b []byte, at, budget int, utc bool) {
	*d = Decoder{b: b, i: at, budget: budget, utc: utc}
}

// Inside says that the next object has been begun: what comes next is a member's name. It
// has members of other meaning too, which reserved knows: such a one is not read here.
func (d *Decoder) Inside(reserved func(name []byte) bool) { d.inside, d.reserved = true, reserved }

// At is the place behind what was read.
func (d *Decoder) At() int { return d.i }

// Sure reports whether everything so far is surely right.
func (d *Decoder) Sure() bool { return !d.unsure && d.budget >= 0 }

// Spent reports whether d stopped because it would have taken more memory than it may.
func (d *Decoder) Spent() bool { return d.budget < 0 }

// Ended reports whether nothing but blanks follows.
func (d *Decoder) Ended() bool {
	d.space()
	return !d.unsure && d.i == len(d.b)
}

// Unsure says that the reference has to read this.
func (d *Decoder) Unsure() {
	d.unsure = true
	d.i = len(d.b) // nothing more is found, so that loops end
}

// space reads over blanks.
func (d *Decoder) space() {
	for d.i < len(d.b) && (d.b[d.i] == ' ' || d.b[d.i] == '\n' || d.b[d.i] == '\t' || d.b[d.i] == '\r') {
		d.i++
	}
}

// next is the byte that comes next behind blanks; 0 at the end.
func (d *Decoder) next() byte {
	if d.i < len(d.b) && d.b[d.i] > ' ' {
		return d.b[d.i]
	}
	d.space()
	if d.i < len(d.b) {
		return d.b[d.i]
	}
	return 0
}

// Object begins an object, and reports whether it has a member.
func (d *Decoder) Object() bool {
	d.budget -= MessageMemory
	return d.begin('{', '}')
}

// begin reads the start of an object or a list, and reports whether something is in it.
func (d *Decoder) begin(start, end byte) bool {
	if d.depth++; d.depth > sureDepth || d.budget < 0 {
		d.Unsure()
		return false
	}
	if !d.inside {
		if d.next() != start {
			d.Unsure()
			return false
		}
		d.i++
	}
	d.inside = false
	if d.next() == end {
		d.i++
		d.depth--
		return false
	}
	return true
}

// More reads what follows a member, and reports whether another one does.
func (d *Decoder) More() bool { return d.more('}') }

func (d *Decoder) more(end byte) bool {
	switch d.next() {
	case ',':
		d.i++
		return true
	case end:
		d.i++
		d.depth--
		return false
	}
	d.Unsure()
	return false
}

// Name reads a member's name and the colon. It is a part of the text that is read, and
// one without escapes and of ASCII: so are the names of fields.
func (d *Decoder) Name() []byte {
	d.budget -= FieldMemory
	if d.next() != '"' {
		d.Unsure()
		return nil
	}
	start := d.i + 1
	i := start
	for i < len(d.b) && plain[d.b[i]] {
		i++
	}
	if i == len(d.b) || d.b[i] != '"' {
		d.Unsure()
		return nil
	}
	d.i = i + 1
	if d.i < len(d.b) && d.b[d.i] == ':' { // no blank before it, as most write
		d.i++
		return d.b[start:i]
	}
	if d.next() != ':' {
		d.Unsure()
		return nil
	}
	d.i++
	return d.b[start:i]
}

// Unknown reads over the value of a member that is not a field: of a later revision, or of
// somebody else. It leaves extensions to the reference.
func (d *Decoder) Unknown(name []byte) {
	if len(name) > 0 && name[0] == '[' || d.unsure {
		d.Unsure()
		return
	}
	if d.depth == 1 && d.reserved != nil {
		if d.reserved(name) || d.unknowns == len(d.unknown) {
			d.Unsure()
			return
		}
		for _, before := range d.unknown[:d.unknowns] {
			if string(before) == string(name) {
				d.Unsure()
				return
			}
		}
		d.unknown[d.unknowns] = name
		d.unknowns++
	}
	d.Skip()
}

// Skip reads over any value. It takes no memory.
func (d *Decoder) Skip() {
	switch c := d.next(); {
	case c == '"':
		if _, ok := d.plainText(); !ok {
			d.skipEscaped()
		}
	case c == '{':
		for more := d.begin('{', '}'); more; more = d.more('}') {
			if d.next() != '"' {
				d.Unsure()
				return
			}
			d.Skip()
			if d.next() != ':' {
				d.Unsure()
				return
			}
			d.i++
			d.Skip()
		}
	case c == '[':
		for more := d.begin('[', ']'); more; more = d.more(']') {
			d.Skip()
		}
	case c == '-' || c >= '0' && c <= '9':
		d.number()
	case c == 't' || c == 'f':
		d.Bool()
	default:
		if !d.Null() {
			d.Unsure()
		}
	}
}

// Null reads a null, if it comes next.
func (d *Decoder) Null() bool {
	if d.next() != 'n' {
		return false
	}
	if len(d.b)-d.i < 4 || string(d.b[d.i:d.i+4]) != "null" {
		d.Unsure()
		return false
	}
	d.i += 4
	return true
}

// Seen are the fields of a message that have been read, of which none may come twice,
// whichever of its two names it has.
type Seen [4]uint64

// MaxFields is how many fields a message with a codec may have.
const MaxFields = 64 * len(Seen{})

// Field reports whether field n has a value: it is not null, which means the same as
// absent.
func (d *Decoder) Field(seen *Seen, n int) bool {
	return d.ValueField(seen, n) && !d.Null() && !d.unsure
}

// ValueField is Field where null is a value.
func (d *Decoder) ValueField(seen *Seen, n int) bool {
	word, bit := &seen[n/64], uint64(1)<<(n%64)
	if *word&bit != 0 {
		d.Unsure()
	}
	*word |= bit
	return !d.unsure
}

// ParseList reads a list; one reads an element.
func ParseList[T any](d *Decoder, one func(*Decoder) T) []T {
	var out []T
	for more := d.begin('[', ']'); more; more = d.more(']') {
		if d.budget -= ElementMemory; d.budget < 0 {
			d.Unsure()
			break
		}
		out = append(out, one(d))
	}
	return out
}

// ParseMap reads a map; key and value read an entry.
func ParseMap[K comparable, V any](d *Decoder, key func(*Decoder) K, value func(*Decoder) V) map[K]V {
	out := map[K]V{}
	for more := d.begin('{', '}'); more; more = d.more('}') {
		if d.budget -= EntryMemory; d.budget < 0 {
			d.Unsure()
			break
		}
		k := key(d)
		if d.next() != ':' {
			d.Unsure()
			break
		}
		d.i++
		if _, twice := out[k]; twice {
			d.Unsure()
			break
		}
		out[k] = value(d)
	}
	return out
}
