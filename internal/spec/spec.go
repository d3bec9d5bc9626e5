package spec

import "strings"

// Spec is a list of fields, as one line says them.
type Spec struct {
	// Fields are in the order of the line, which is that of their numbers.
	Fields []Field

	text string // the line that was parsed; empty if nobody wrote one
}

// Field is one field of an event.
type Field struct {
	// Name is lower_snake, as in the contract and in JSON.
	Name string

	// Type is what the field holds and what is allowed in it.
	Type Type

	// At is where the name begins.
	At Pos
}

// Pos is a place in the text of a spec.
type Pos struct {
	Offset int // in bytes, from 0
	Column int // in characters, 1 for the first
}

// Type is a type with its modifiers, in canonical form: what is the default for
// its base is not in it.
type Type struct {
	Base Base

	// Optional says that the value may be absent. It is never set for a list, a
	// set or a dict, whose absence is the same as having nothing in them.
	Optional bool

	// Elem is what a list, a set or a dict holds.
	Elem *Type

	// Message is the name of a message type, as far as the line qualifies it.
	Message string

	// Values are those of an enum, in lower_snake, or those that in[…] allows.
	Values []string

	// Min and Max bound the length of text in characters, that of bytes in
	// bytes, the count of a list, set or dict, and the value of a number.
	Min, Max Bound

	// Pattern is an expression of RE2 that text must match, if not empty.
	Pattern string

	// Default is the value that readers see if the field is absent; nil for none.
	Default *string
}

// Bound is one end of a range. Lengths and counts are never exclusive.
type Bound struct {
	Number    string // as strconv writes it; empty for no bound
	Exclusive bool
}

// Set reports whether there is a bound.
func (b Bound) Set() bool { return b.Number != "" }

// Base is a type without its modifiers, in its canonical spelling.
type Base string

// The bases. Any, and Dict without a type of values, are JSON of any shape.
const (
	UUID     Base = "UUID"
	Str      Base = "str"
	Int      Base = "int"
	Int64    Base = "int64"
	Float    Base = "float"
	Bool     Base = "bool"
	Datetime Base = "datetime"
	Date     Base = "date"
	Duration Base = "duration"
	Email    Base = "email"
	URL      Base = "url"
	IP       Base = "ip"
	Host     Base = "host"
	Slug     Base = "slug"
	Bytes    Base = "bytes"
	Decimal  Base = "decimal"
	Any      Base = "Any"
	Dict     Base = "dict" // with Elem: dict[str, T]
	List     Base = "list"
	Set      Base = "set"
	Enum     Base = "enum"
	Message  Base = "Message"
)

// Limits of what a spec may be.
const (
	MaxBytes  = 1 << 20 // of the text
	MaxFields = 1000
	MaxDepth  = 16  // of brackets in brackets
	MaxName   = 100 // characters of a field's name
)

// Defaults of what nobody bounds: an event is one Kafka record, and what has no
// end in it fills it.
const (
	DefaultMaxText  = 1000  // characters of str
	DefaultMaxBytes = 65536 // bytes of bytes
	DefaultMaxSlug  = 100   // characters of slug
	DefaultMaxItems = 1000  // of a list, a set or a dict
)

// Field is the field of a name; nil if there is none.
func (s *Spec) Field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// String is the canonical line.
func (s *Spec) String() string {
	var b strings.Builder
	for i, f := range s.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.String())
	}
	return b.String()
}
