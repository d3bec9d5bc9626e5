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
// hold any number of messages: each becomes up to 300 bytes of memory, however
// short it is, and a record may not cost more than four times its size and
// 1 MiB.
const (
	valuesLeast   = 3072
	bytesPerValue = 96
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
	if w.format == FormatCloudEventsBinary {
		s := scanner{b: w.payload}
		if err := s.whole(); err != nil {
			return nil, err
		}
		w.values = s.values
	}
	if err := c.checkOpen(w.values, len(w.rec.Value)); err != nil {
		return nil, err
	}
	raw := w.payload
	if w.format == FormatFlat {
		raw = w.flatPayload(c)
	}
	if len(raw) == 0 {
		return nil, errors.New("there is no payload")
	}
	if len(raw) > maxHint {
		if err := longScalar(&scanner{b: raw}, c.Descriptor, nil, false); err != nil {
			return nil, err
		}
	}
	msg := c.new()
	if err := unmarshal.Unmarshal(raw, msg); err != nil {
		return nil, c.payloadError(err, len(raw))
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
func (c *Contract) payloadError(err error, size int) error {
	where := ""
	var m []string
	if size <= maxHint { // the text may be as long as the payload
		m = inField.FindStringSubmatch(err.Error())
	}
	if m != nil {
		named := func(fd protoreflect.FieldDescriptor) bool { return string(fd.Name()) == m[1] || fd.JSONName() == m[1] }
		if reaches(c.Descriptor, named, map[protoreflect.FullName]bool{}) {
			where = ", field " + m[1]
		}
	}
	return errors.New("the payload is not the JSON of " + string(c.Descriptor.FullName()) + where)
}

// flatPayload is the object without the metadata and without fields that are
// null, times made RFC 3339. Members that stay as they are are copied together.
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
		if m.name != other && m.name <= specversion || m.end-m.value == 4 && c.absent[string(m.key)] && value[m.value] == 'n' {
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
	var seen map[protoreflect.FieldDescriptor]bool
	if r.onObject != nil {
		seen = map[protoreflect.FieldDescriptor]bool{}
	}
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
		if seen != nil {
			seen[fd] = true
		}
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

// maxScalar bounds the text of a value that is no string: no number, time or
// name of an enum value is longer.
const maxScalar = 1024

// longScalar refuses a long text where the field can hold none: protojson would
// quote it several times over in its error. The value that follows in s, which
// a scanner has accepted, is a message m or the value of fd, or one element of it.
func longScalar(s *scanner, m protoreflect.MessageDescriptor, fd protoreflect.FieldDescriptor, element bool) error {
	s.space()
	switch start := s.i; s.b[s.i] {
	case '{':
		s.i++
		for more := !s.closed('}'); more; more, _ = s.next('}') {
			key, _ := s.key()
			inner := fd // of an object without a descriptor, or of a map
			switch {
			case fd != nil && fd.IsMap():
				inner = fd.MapValue()
			case m != nil:
				inner = fieldOf(m, string(key))
			}
			var part protoreflect.MessageDescriptor
			if inner != nil && !inner.IsMap() {
				part = inner.Message()
			}
			if err := longScalar(s, part, inner, fd != nil && fd.IsMap()); err != nil {
				return err
			}
		}
	case '[':
		s.i++
		for more := !s.closed(']'); more; more, _ = s.next(']') {
			if err := longScalar(s, m, fd, true); err != nil {
				return err
			}
		}
	default:
		_ = s.value(0)
		if s.i-start > maxScalar && fd != nil && !holdsText(fd, m, element) {
			return fmt.Errorf("field %s holds a text of more than %d characters", fd.Name(), maxScalar)
		}
	}
	return nil
}

func holdsText(fd protoreflect.FieldDescriptor, m protoreflect.MessageDescriptor, element bool) bool {
	if m != nil {
		return m.ParentFile().Package() == "google.protobuf" && m.FullName() != timestampName && m.FullName() != "google.protobuf.Duration"
	}
	return (element || !fd.IsMap() && !fd.IsList()) && (fd.Kind() == protoreflect.StringKind || fd.Kind() == protoreflect.BytesKind)
}
