package event

import (
	"errors"
	"fmt"
	"regexp"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Payload JSON has proto field names and default values. Readers ignore
// unknown fields; an enum name that they do not know reads as unset. An object
// inside a google.protobuf.Struct is two messages deep, hence the recursion
// limit; the scanner has refused deeper JSON before.
var (
	marshal   = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}
	unmarshal = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 3 * maxDepth}
)

// valuesLeast and bytesPerValue bound the JSON values of a payload that may
// hold any number of messages: each becomes some 200 bytes of memory, however
// short it is, and a record may not cost more than four times its size and
// 1 MiB.
const (
	valuesLeast   = 4096
	bytesPerValue = 64
)

// checkOpen refuses JSON that a message without a fixed shape would turn into
// far more memory.
func (c *Contract) checkOpen(values, size int) error {
	if most := valuesLeast + size/bytesPerValue; c.open && values > most {
		return fmt.Errorf("the payload has more than %d JSON values, the most for %d bytes: split the event", most, size)
	}
	return nil
}

// decode reads the payload of w as a message of c.
func (w *wire) decode(c *Contract) (proto.Message, error) {
	raw := w.payload
	switch w.format {
	case FormatFlat:
		raw = w.flatPayload(c)
	case FormatCloudEventsBinary:
		s := scanner{b: raw}
		if err := s.whole(); err != nil {
			return nil, err
		}
		w.values = s.values
	}
	if len(raw) == 0 {
		return nil, errors.New("there is no payload")
	}
	if err := c.checkOpen(w.values, len(w.rec.Value)); err != nil {
		return nil, err
	}
	msg := c.new()
	if err := unmarshal.Unmarshal(raw, msg); err != nil {
		return nil, c.payloadError(err)
	}
	c.defaults.set(msg.ProtoReflect())
	return msg, nil
}

// whole reads over one value that nothing follows.
func (s *scanner) whole() error {
	s.space()
	if s.i == len(s.b) {
		return errors.New("there is no payload")
	}
	if err := s.value(1); err != nil {
		return err
	}
	return s.finish()
}

// inField finds the field that protojson could not read in the text of its
// error.
var inField = regexp.MustCompile(`(?:invalid value for \w+|duplicate) field "?([a-zA-Z_][a-zA-Z0-9_]*)"?`)

// payloadError says what could not be read. The text of protojson's errors
// quotes the payload: no more than the name of a field of ours is taken over.
func (c *Contract) payloadError(err error) error {
	where := ""
	if m := inField.FindStringSubmatch(err.Error()); m != nil {
		named := func(fd protoreflect.FieldDescriptor) bool { return string(fd.Name()) == m[1] || fd.JSONName() == m[1] }
		if reaches(c.Descriptor, named, map[protoreflect.FullName]bool{}) {
			where = ", field " + m[1]
		}
	}
	return errors.New("the payload is not the JSON of " + string(c.Descriptor.FullName()) + where)
}

// flatPayload is the object without the metadata, times made RFC 3339. Members
// that stay as they are are copied together.
func (w *wire) flatPayload(c *Contract) []byte {
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
		if m.name != other && m.name <= specversion {
			flush(end)
			continue
		}
		if from < 0 && len(out) > 1 {
			out = append(out, ',')
		}
		if fd := c.timed[string(m.key)]; fd != nil && needsZone(fd, value[m.value:m.end]) {
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

func fieldOf(m protoreflect.MessageDescriptor, key string) protoreflect.FieldDescriptor {
	if fd := m.Fields().ByName(protoreflect.Name(key)); fd != nil {
		return fd
	}
	return m.Fields().ByJSONName(key)
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

// rewrite copies JSON that a scanner has accepted, along a descriptor.
type rewrite struct {
	onTime   func(out, raw []byte) []byte
	onObject func(out []byte, m protoreflect.MessageDescriptor, has func(protoreflect.FieldDescriptor) bool) []byte
}

func (r rewrite) field(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	switch {
	case fd == nil || fd.Message() == nil:
		return append(out, raw...)
	case fd.IsMap() && raw[0] == '{':
		return r.object(out, raw, func(string) protoreflect.FieldDescriptor { return fd.MapValue() }, nil)
	case fd.IsList() && raw[0] == '[':
		return r.array(out, raw, fd.Message())
	default:
		return r.message(out, raw, fd.Message())
	}
}

func (r rewrite) message(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	switch {
	case m.FullName() == timestampName && r.onTime != nil:
		return r.onTime(out, raw)
	case raw[0] == '{' && m.ParentFile().Package() != "google.protobuf":
		return r.object(out, raw, func(key string) protoreflect.FieldDescriptor { return fieldOf(m, key) }, m)
	}
	return append(out, raw...)
}

func (r rewrite) object(out, raw []byte, field func(string) protoreflect.FieldDescriptor, m protoreflect.MessageDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '{')
	seen := map[protoreflect.FieldDescriptor]bool{}
	empty := len(out)
	for more := !s.closed('}'); more; more, _ = s.next('}') {
		start := s.i
		key, _ := s.key()
		at := s.i
		if s.value(0) != nil { // the scanner has accepted it before
			break
		}
		if len(out) > empty {
			out = append(out, ',')
		}
		fd := field(string(key))
		seen[fd] = true
		out = append(out, raw[start:at]...)
		out = r.field(out, raw[at:s.i], fd)
	}
	if m != nil && r.onObject != nil {
		out = r.onObject(out, m, func(fd protoreflect.FieldDescriptor) bool { return seen[fd] })
	}
	return append(out, '}')
}

func (r rewrite) array(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '[')
	empty := len(out)
	for more := !s.closed(']'); more; more, _ = s.next(']') {
		start := s.i
		if s.value(0) != nil { // the scanner has accepted it before
			break
		}
		if len(out) > empty {
			out = append(out, ',')
		}
		out = r.message(out, raw[start:s.i], m)
	}
	return append(out, ']')
}
