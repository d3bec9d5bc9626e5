package event

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// The flat format is what Pydantic reads and writes: metadata and payload on one
// level, null for every optional field that is unset, and times that may lack a
// zone. protojson does none of the three, so its JSON is rewritten here on the
// way out and on the way in; what is found of times is in look.go.

const timestampName = "google.protobuf.Timestamp"

// flatFields are the fields of a contract in which the flat format differs from
// protojson.
type flatFields struct {
	absent     map[string]bool // for which null means the same as absent
	nulls      []null
	innerNulls bool // messages in the contract's have optional fields
}

// flatFieldsOf looks through a contract's descriptor once, for all its records.
func flatFieldsOf(m protoreflect.MessageDescriptor) flatFields {
	f := flatFields{absent: map[string]bool{}}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if nullable(fd) && fd.TextName() == fd.JSONName() { // else both names could be there, which protojson refuses
			f.absent[fd.TextName()] = true
		}
		if nullable(fd) {
			f.nulls = append(f.nulls, null{fd, append(appendText([]byte{','}, fd.TextName()), ":null"...)})
		}
		if part := descriptor.Part(fd); part != nil && !descriptor.WellKnown(part) && descriptor.Reaches(part, nullable) {
			f.innerNulls = true
		}
	}
	return f
}

// null is an optional field and how its absence is written in the flat format,
// prepared with comma and name.
type null struct {
	field protoreflect.FieldDescriptor
	text  []byte
}

// nullable reports whether the flat format writes null for the field when it is
// unset. For a google.protobuf.Value null is a value, and one of several
// members of a oneof is always unset.
func nullable(fd protoreflect.FieldDescriptor) bool {
	if !fd.HasPresence() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
		return false
	}
	if m := fd.Message(); m != nil && m.FullName() == "google.protobuf.Value" {
		return false
	}
	return fd.Enum() == nil || fd.Enum().FullName() != "google.protobuf.NullValue"
}

// appendFlat writes msg's fields as members of the object that b has begun, which
// has members already and stays open.
func (c *codec) appendFlat(b []byte, msg proto.Message) ([]byte, error) {
	start := len(b)
	b, err := c.append(b, msg)
	if err != nil {
		return nil, err
	}
	if c.flat.innerNulls {
		// Nulls are added to what a scanner takes; it takes no more levels than readers.
		s := scanner{b: b[start:]}
		if err := s.whole(); err != nil {
			return nil, err
		}
		b = append(b[:start], nullMessage(make([]byte, 0, 2*(len(b)-start)), b[start:], c.descriptor())...)
	}
	if len(b) == start+len("{}") {
		b = b[:start]
	} else {
		b[start] = ',' // in place of the brace
		b = b[:len(b)-1]
	}
	if c.flat.innerNulls {
		return b, nil // with those of msg itself
	}
	m := msg.ProtoReflect()
	for i := range c.flat.nulls {
		if !m.Has(c.flat.nulls[i].field) {
			b = append(b, c.flat.nulls[i].text...)
		}
	}
	return b, nil
}

// flatPayload is the record's object without the metadata and without fields that
// are null, as protojson needs it. Members that need no change are copied together.
func (w *wire) flatPayload(fields *flatFields, edits []edit) []byte {
	value := w.rec.Value
	out := append(make([]byte, 0, len(value)), '{')
	from := -1 // start of the members to copy
	flush := func(end int) {
		if from >= 0 {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out, edits = appendEdited(out, value, from, end, edits)
			from = -1
		}
	}
	end := 0 // of the last member of the payload
	for i := range w.object.n {
		m := w.object.at(i)
		// "null" is the only value of four bytes that begins with an n.
		if isMetadata(m.name) || m.end-m.value == 4 && fields.absent[string(m.key)] && value[m.value] == 'n' {
			flush(end)
			continue
		}
		if from < 0 {
			from = m.start
		}
		end = m.end
	}
	flush(end)
	return append(out, '}')
}
