package valueset

import (
	"math"
	"math/big"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Set is the values that a field's rules accept, where the field is set. It does not
// change after it was made.
type Set struct {
	fd      protoreflect.FieldDescriptor
	element bool // of one element of a list, or one key or value of a map

	// facets are what each rule demands; a value has all of them, or is zero and zero
	// is accepted beside them.
	facets []facet
	zero   bool // the zero value is accepted whatever the rules say

	// What follows from all facets together.
	order   *order
	line    ranges  // of an ordered type
	lengths lengths // of text and bytes, lists and maps
	only    []Value // all values, where rules list them; nil if they do not
	unique  bool

	items, keys, values *Set // of a list's elements, of a map's pairs
}

// facet is what one rule demands of a value.
type facet interface {
	// rule is the rule's name, such as "string.max_len".
	rule() string
	// words say what is demanded, such as "at most 500 characters".
	words() string
	// holds says whether one value has it.
	holds(Value) answer
	// follows reports whether it is proved that every value of s has it.
	follows(s *Set) bool
	// against are values of s that may lack it; all if there are no others in s.
	against(s *Set) (values []Value, all bool)
	// narrow tells s what follows from it.
	narrow(s *Set)
}

// answer is whether a value is accepted, as far as it is known here.
type answer int

const (
	unknown answer = iota
	yes
	no
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// Rules are what a set is made from.
type Rules struct {
	// Field is the field that the rules are about.
	Field protoreflect.FieldDescriptor
	// Rules are the field's own; nil has none.
	Rules *validate.FieldRules
	// ZeroIsUnset says that a value that is zero is not looked at, as of a field in a
	// rule that makes a oneof of fields (MessageRules.oneof).
	ZeroIsUnset bool
	// ZeroToo says that zero is accepted beside what the rules accept: of a message that
	// is not looked at where nothing is set in it.
	ZeroToo bool
	// Types finds predefined rules, which contracts declare as extensions.
	Types protoregistry.ExtensionTypeResolver
	// Unreadable reports whether a number of an enum has a name that the other side
	// does not know. Such numbers are left out of the set: how they read is a question
	// of names. Nil leaves out none.
	Unreadable func(protoreflect.EnumValueDescriptor) bool
}

// Of is the set of values that rules accept.
func Of(r Rules) *Set { return r.of(r.Field, r.Rules, false) }

// of makes the set of a field, or of an element of one: of a list's element fd is the
// list's field.
func (r Rules) of(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, element bool) *Set {
	s := &Set{fd: fd, element: element}
	list, single := fd.IsList() && !element, fd
	if inner := wrapped(fd); inner != nil && !list && !fd.IsMap() {
		single = inner
	}
	switch {
	case list || fd.IsMap():
		s.lengths = lengths{elements: between(number(0), number(math.MaxInt32))}
	case single.Kind() == protoreflect.StringKind:
		s.lengths = lengths{characters: between(number(0), number(math.MaxInt32)), bytes: between(number(0), number(math.MaxInt32))}
	case single.Kind() == protoreflect.BytesKind:
		s.lengths = lengths{bytes: between(number(0), number(math.MaxInt32))}
	default:
		if s.order = orderOf(single); s.order != nil {
			s.line = s.order.domain()
		}
	}
	if single.Kind() == protoreflect.EnumKind && r.Unreadable != nil && !list && !fd.IsMap() {
		for i := range single.Enum().Values().Len() {
			if v := single.Enum().Values().Get(i); r.Unreadable(v) {
				s.line = s.line.minus(points(number(int64(v.Number()))))
			}
		}
	}
	if rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		rules = nil
	}
	// Of a field with presence a zero that is set is looked at, whatever ignore says.
	s.zero = rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE && (element || !fd.HasPresence()) ||
		r.ZeroIsUnset && rules != nil && rules.Ignore == nil && !element && !fd.HasPresence()
	s.zero = s.zero || r.ZeroToo && !element
	// Without presence a field that is not set is zero.
	if rules.GetRequired() && !element && !fd.HasPresence() {
		s.facets = append(s.facets, notZero{})
		s.zero = r.ZeroToo
	}
	switch {
	case list:
		s.items = r.of(fd, rules.GetRepeated().GetItems(), true)
	case fd.IsMap():
		s.keys = r.of(fd.MapKey(), rules.GetMap().GetKeys(), true)
		s.values = r.of(fd.MapValue(), rules.GetMap().GetValues(), true)
	}
	s.facets = append(s.facets, r.read(rules, single, list)...)
	for _, f := range s.facets {
		f.narrow(s)
	}
	s.settle()
	return s
}

// settle draws the conclusions that need all facets.
func (s *Set) settle() {
	s.lengths.settle()
	if s.order != nil && s.only == nil {
		if ns, ok := s.line.all(maxListed); ok {
			s.only = []Value{}
			for _, n := range ns {
				s.only = append(s.only, Value{ordinal: n})
			}
		}
	}
	if s.only == nil {
		return
	}
	var left []Value
	for _, v := range s.only {
		if !s.refuses(v) {
			left = append(left, v)
		}
	}
	if s.zero && !contains(left, Value{}) {
		left = append(left, Value{})
	}
	if s.only = left; s.only == nil {
		s.only = []Value{}
	}
}

// maxListed is up to how many values of an ordered type are looked at one by one.
const maxListed = 64

// refuses reports whether it is known that s has not v.
func (s *Set) refuses(v Value) bool {
	for _, f := range s.facets {
		if f.holds(v) == no {
			return true
		}
	}
	return s.order != nil && v.ordinal != nil && !s.line.has(v.ordinal)
}

// maybe reports whether s may have v.
func (s *Set) maybe(v Value) bool { return s.zero && v.isZero() || !s.refuses(v) }

// isZero reports whether v is the zero value of its type: an empty list and map too.
func (v Value) isZero() bool {
	return (v.ordinal == nil || v.ordinal.Sign() == 0) && v.text == "" && len(v.list) == 0
}

// same compares two values of one field.
func same(a, b Value) bool {
	x, y := a.ordinal, b.ordinal
	if x == nil {
		x = new(big.Int)
	}
	if y == nil {
		y = new(big.Int)
	}
	if x.Cmp(y) != 0 || a.text != b.text || len(a.list) != len(b.list) || len(a.keys) != len(b.keys) {
		return false
	}
	for i := range a.list {
		if !same(a.list[i], b.list[i]) {
			return false
		}
	}
	for i := range a.keys {
		if !same(a.keys[i], b.keys[i]) {
			return false
		}
	}
	return true
}

func contains(list []Value, v Value) bool {
	for _, e := range list {
		if same(e, v) {
			return true
		}
	}
	return false
}

// notZero is required of a field without presence: a value, and not the zero one.
type notZero struct{}

func (notZero) rule() string                 { return "required" }
func (notZero) words() string                { return "a value that is not zero or empty" }
func (notZero) holds(v Value) answer         { return answerOf(!v.isZero()) }
func (notZero) follows(s *Set) bool          { return !s.maybe(Value{}) }
func (notZero) against(*Set) ([]Value, bool) { return []Value{{}}, false }

func (notZero) narrow(s *Set) {
	if s.order != nil {
		s.line = s.line.minus(points(number(0)))
	}
	s.lengths.atLeastOne()
}

// IsZero reports whether a value is the zero one: an empty list and map too.
func (v Value) IsZero() bool { return v.isZero() }

// MayHave reports whether a number of an enum may be in s, or in an element or a value
// of a map.
func (s *Set) MayHave(n int64) bool {
	switch {
	case s.items != nil:
		return s.items.MayHave(n)
	case s.values != nil:
		return s.values.MayHave(n)
	}
	return s.maybe(Value{ordinal: number(n)})
}

// WithNumber are values of s that have a number of an enum: itself, or as an element or
// the value of a map.
func (s *Set) WithNumber(n int64) []Value {
	v := Value{ordinal: number(n)}
	switch {
	case s.items != nil:
		return s.listsWith(v)
	case s.values != nil:
		return s.mapsWith(nil, &v)
	}
	return []Value{v}
}

// Some are values that s probably has.
func (s *Set) Some() []Value { return s.some() }
