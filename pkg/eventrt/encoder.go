package eventrt

// What a value is charged of a budget, in bytes: what protojson allocates for it at most
// when the JSON is read. Package event bounds what one payload may become.
const (
	MessageMemory = 320 // a message, and what is kept for each that has been read
	FieldMemory   = 72  // a field that is there
	ElementMemory = 136 // an element of a list, of which each growth leaves a copy
	EntryMemory   = 208 // an entry of a map, with its key
	DynamicMemory = 256 // one google.protobuf.Value
)

// sureDepth is the nesting that a codec reads and writes. Package event allows a little
// more, counts it by other rules, and decides about what is deeper than this.
const sureDepth = 48

// Encoder appends JSON to a buffer. The zero value is not ready: call Reset.
type Encoder struct {
	b      []byte
	budget int
	depth  int
	nulls  bool
	unsure bool
	flat   bool // the next message is members of an object that is open
}

// Reset makes e append to b, which it owns until Bytes is called. Budget bounds the values
// that are written, in bytes of memory that they are charged. With flat the next message
// is written as further members of an object that is open, and unset optional fields are
// null, in it and in all messages.
func (e *Encoder) Reset(b []byte, budget int, flat bool) {
	e.b, e.budget, e.depth, e.nulls, e.flat, e.unsure = b, budget, 0, flat, flat, false
}

// Bytes returns the buffer, and whether what has been appended is surely right.
func (e *Encoder) Bytes() ([]byte, bool) {
	b := e.b
	e.b = nil
	return b, !e.unsure && e.budget >= 0
}

// Unsure says that the reference has to write this message.
func (e *Encoder) Unsure() { e.unsure = true }

// Nulls reports whether what is unset is written as null.
func (e *Encoder) Nulls() bool { return e.nulls }

// Begin begins a message, and returns a mark for End. Members are written with a comma
// before them; End puts the brace in the place of the first one.
func (e *Encoder) Begin() int {
	e.deeper(MessageMemory)
	if e.flat {
		e.flat = false
		return -1
	}
	return len(e.b)
}

// End ends a message that Begin has begun.
func (e *Encoder) End(mark int) {
	e.depth--
	switch {
	case mark < 0: // the object was open before, and stays open
	case mark == len(e.b):
		e.b = append(e.b, '{', '}')
	default:
		e.b[mark] = '{'
		e.b = append(e.b, '}')
	}
}

// deeper charges a value that has values in it.
func (e *Encoder) deeper(memory int) {
	e.budget -= memory
	if e.depth++; e.depth > sureDepth {
		e.unsure = true
	}
}

// raw appends a member's comma, name and colon, which generated code has as one text.
func (e *Encoder) raw(name string) {
	e.budget -= FieldMemory
	e.b = append(e.b, name...)
}

// Raw appends a member that is always the same, such as a default.
func (e *Encoder) Raw(member string) { e.raw(member) }
