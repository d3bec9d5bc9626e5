package event

import (
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// shapeKind is what a JSON value stands for.
type shapeKind uint8

const (
	shapeScalar  shapeKind = iota // a number or a bool, as JSON's or as a short text
	shapeText                     // a text of any length: string, bytes
	shapeEnum                     // the name or the number of a value
	shapeObject                   // a message
	shapeTime                     // a google.protobuf.Timestamp
	shapeMask                     // a google.protobuf.FieldMask
	shapeDynamic                  // any JSON: Struct, Value, ListValue
	shapeAny                      // a google.protobuf.Any
	shapeEmpty                    // an object without members that count
)

// shape is what is looked for in the JSON of a message or a value before protojson
// reads it, found out once from the descriptor.
type shape struct {
	kind    shapeKind
	message protoreflect.MessageDescriptor // nil for a scalar
	enum    protoreflect.EnumDescriptor    // of shapeEnum
	fields  map[string]*shapeField         // of shapeObject, by each name that JSON may use
	wrapped bool                           // a scalar in a message of its own
	twice   bool                           // a name means two of its fields

	// What makes a look at the JSON necessary. Of other shapes both the memory and the
	// values that protojson takes are bounded and right.
	open    bool // it may hold any number of values, or be of any depth
	strange bool // protojson takes values for it that are not
}

// shapeField is a field of a message.
type shapeField struct {
	name      string // as the contract spells it
	list      bool
	key       protoreflect.Kind // of a map's keys; 0 if it is not a map
	of        *shape            // of one element
	takesNull bool              // null is a value, as of google.protobuf.Value
	nullable  bool              // in the flat format it is null when it is unset
}

// shapes are the shapes of a registry's messages, made when they are first asked for:
// an Any names its message in a record. It is safe for concurrent use.
type shapes struct {
	types *descriptor.Types
	mu    sync.Mutex
	known map[protoreflect.MessageDescriptor]*shape
}

func newShapes(types *descriptor.Types) *shapes {
	return &shapes{types: types, known: map[protoreflect.MessageDescriptor]*shape{}}
}

// of is the shape of a message.
func (s *shapes) of(m protoreflect.MessageDescriptor) *shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.make(m)
}

// extension is the shape of an extension.
func (s *shapes) extension(fd protoreflect.FieldDescriptor) *shapeField {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.field(fd)
}

// make fills in a shape after it is known: a message may contain itself.
func (s *shapes) make(m protoreflect.MessageDescriptor) *shape {
	if known := s.known[m]; known != nil {
		return known
	}
	out := &shape{kind: shapeObject, message: m}
	s.known[m] = out
	if descriptor.WellKnown(m) {
		out.wellKnown()
		return out
	}
	out.fields = make(map[string]*shapeField, m.Fields().Len())
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		f := s.field(fd)
		out.fields[fd.TextName()], out.fields[fd.JSONName()] = f, f
	}
	out.twice = len(descriptor.Ambiguous(m)) > 0
	out.open = m.ExtensionRanges().Len() > 0 || descriptor.Recursive(m) || descriptor.Reaches(m, unbounded)
	out.strange = out.open || descriptor.Reaches(m, strange)
	return out
}

// field is the shape of a field, or of an extension.
func (s *shapes) field(fd protoreflect.FieldDescriptor) *shapeField {
	f := &shapeField{name: fd.TextName(), list: fd.IsList(), nullable: nullable(fd)}
	if fd.IsExtension() {
		f.name = "[" + string(fd.FullName()) + "]"
	}
	one := fd
	if fd.IsMap() {
		f.key, one = fd.MapKey().Kind(), fd.MapValue()
	}
	switch {
	case one.Message() != nil:
		f.of = s.make(one.Message())
		f.takesNull = one.Message().FullName() == "google.protobuf.Value"
	case one.Enum() != nil:
		f.of = &shape{kind: shapeEnum, enum: one.Enum()}
		f.takesNull = one.Enum().FullName() == "google.protobuf.NullValue"
	default:
		f.of = &shape{kind: scalarShape(one.Kind())}
	}
	return f
}

func scalarShape(k protoreflect.Kind) shapeKind {
	if k == protoreflect.StringKind || k == protoreflect.BytesKind {
		return shapeText
	}
	return shapeScalar
}

// wellKnown is the shape of a message that has a JSON of its own.
func (s *shape) wellKnown() {
	switch s.message.Name() {
	case "Timestamp":
		s.kind, s.strange = shapeTime, true
	case "Duration":
		s.kind, s.wrapped = shapeScalar, true
	case "FieldMask":
		s.kind, s.open, s.strange = shapeMask, true, true
	case "Struct", "Value", "ListValue":
		s.kind, s.open, s.strange = shapeDynamic, true, true
	case "Any":
		s.kind, s.open, s.strange = shapeAny, true, true
	case "Empty":
		s.kind = shapeEmpty
	default: // the wrappers
		s.kind, s.wrapped = scalarShape(s.message.Fields().ByNumber(1).Kind()), true
	}
}

// unbounded reports whether a field holds any number of values, or of any shape.
func unbounded(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() || fd.IsList() {
		return true
	}
	m := fd.Message()
	if m == nil {
		return false
	}
	if m.ExtensionRanges().Len() > 0 {
		return true
	}
	switch m.FullName() {
	case "google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue", "google.protobuf.FieldMask":
		return true
	}
	return false
}

// strange reports whether protojson takes values for a field that are not: it drops names
// of enum values that it does not know, and reads times of no standard.
func strange(fd protoreflect.FieldDescriptor) bool {
	return fd.Enum() != nil || fd.Message() != nil && fd.Message().FullName() == timestampName
}
