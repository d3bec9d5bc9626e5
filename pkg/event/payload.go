package event

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Payload JSON has proto field names and default values. Readers ignore
// unknown fields; an enum name that they do not know reads as unset. The
// scanner has refused JSON that is too deep before protojson sees it; protojson
// counts the message around a flat payload and one for a value that is deepest.
var (
	marshal   = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}
	unmarshal = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth + 4}
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
	if encoded := w.raw(ceDataBase64); w.format == FormatCloudEvents && len(encoded) > 0 && encoded[0] != 'n' {
		if err := w.unwrapBase64(encoded); err != nil {
			return nil, err
		}
	}
	if w.format == FormatCloudEventsBinary {
		if err := w.scanPayload(); err != nil {
			return nil, err
		}
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

// scanPayload looks over a payload that is not part of the record's JSON.
func (w *wire) scanPayload() error {
	s := scanner{b: w.payload}
	if err := s.whole(); err != nil {
		return err
	}
	w.values = s.values
	return nil
}

// unwrapBase64 reads the payload of the structured mode from data_base64, where
// CloudEvents SDKs put what they were given as bytes, JSON or not.
func (w *wire) unwrapBase64(encoded []byte) error {
	if len(w.payload) > 0 && w.payload[0] != 'n' {
		return errors.New("data and data_base64 are both there")
	}
	s, err := text(encoded)
	if err == nil {
		w.payload, err = base64.StdEncoding.DecodeString(s)
	}
	if err != nil { // it may quote the payload
		return errors.New("data_base64 is no Base64 text")
	}
	return w.scanPayload()
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
		if descriptor.Reaches(c.Descriptor, named) {
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
