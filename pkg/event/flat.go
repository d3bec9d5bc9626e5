package event

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// The flat format is what Pydantic reads and writes: metadata and payload on one
// level, null for every optional field that is unset, and times that may lack a
// zone. protojson does none of the three, so its JSON is rewritten here on the
// way out and on the way in.

const timestampName = "google.protobuf.Timestamp"

// flatFields are the fields of a contract in which the flat format differs from
// protojson.
type flatFields struct {
	timed      map[string]protoreflect.FieldDescriptor // with times in them, by both names
	absent     map[string]bool                         // for which null means the same as absent
	nulls      []null
	innerNulls bool // messages in the contract's have optional fields
}

// flatFieldsOf looks through a contract's descriptor once, for all its records.
func flatFieldsOf(m protoreflect.MessageDescriptor) flatFields {
	f := flatFields{timed: map[string]protoreflect.FieldDescriptor{}, absent: map[string]bool{}}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		part := descriptor.Part(fd)
		if part != nil && descriptor.ReachesType(part, timestampName) {
			f.timed[string(fd.Name())], f.timed[fd.JSONName()] = fd, fd
		}
		if nullable(fd) && string(fd.Name()) == fd.JSONName() { // else both names could be there, which protojson refuses
			f.absent[string(fd.Name())] = true
		}
		if nullable(fd) {
			f.nulls = append(f.nulls, null{fd, append(appendText([]byte{','}, string(fd.Name())), ":null"...)})
		}
		if part != nil && part.ParentFile().Package() != "google.protobuf" && descriptor.Reaches(part, nullable) {
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
		b = append(b[:start], withNulls(b[start:], c.descriptor())...)
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

// withNulls adds null for what is unset, in the messages of the payload too. It
// copies the payload, and is for contracts alone whose messages have optional
// fields of their own.
func withNulls(raw []byte, m protoreflect.MessageDescriptor) []byte {
	return rewrite{onObject: func(out []byte, m protoreflect.MessageDescriptor, has func(protoreflect.FieldDescriptor) bool) []byte {
		for i := range m.Fields().Len() {
			if fd := m.Fields().Get(i); nullable(fd) && !has(fd) {
				if out[len(out)-1] != '{' {
					out = append(out, ',')
				}
				out = append(appendText(out, string(fd.Name())), ":null"...)
			}
		}
		return out
	}}.message(make([]byte, 0, 2*len(raw)), raw, m)
}

// flatPayload is the record's object without the metadata and without fields
// that are null, its times made RFC 3339, as protojson needs it. Members that
// need no change are copied together.
func (w *wire) flatPayload(fields *flatFields) []byte {
	value := w.rec.Value
	out := append(make([]byte, 0, len(value)), '{')
	from := -1 // start of the members to copy
	flush := func(end int) {
		if from >= 0 {
			out = append(out, value[from:end]...)
			from = -1
		}
	}
	end := 0 // of the last member of the payload
	for i := range w.object.n {
		m := w.object.at(i)
		// "null" is the only value of four bytes that begins with an n.
		if m.name != other && m.name <= specversion || m.end-m.value == 4 && fields.absent[string(m.key)] && value[m.value] == 'n' {
			flush(end)
			continue
		}
		if from < 0 && len(out) > 1 {
			out = append(out, ',')
		}
		if fd := fields.timed[string(m.key)]; fd != nil && needsZone(fd, value[m.value:m.end]) {
			if from >= 0 {
				flush(end)
				out = append(out, ',')
			}
			out = append(out, value[m.start:m.value]...)
			out = appendZoned(out, value[m.value:m.end], fd)
		} else if from < 0 {
			from = m.start
		}
		end = m.end
	}
	flush(end)
	return append(out, '}')
}

// needsZone reports whether the value of a field that holds times may have one
// without a zone.
func needsZone(fd protoreflect.FieldDescriptor, raw []byte) bool {
	return raw[0] != '"' || zoneless(raw[1:len(raw)-1])
}

// appendZoned copies the JSON value of fd and gives times without a zone one,
// however deeply they are nested.
func appendZoned(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	return rewrite{onTime: func(out, raw []byte) []byte {
		s, err := text(raw)
		if err != nil {
			return append(out, raw...)
		}
		return appendText(out, zoned(s))
	}}.field(out, raw, fd)
}
