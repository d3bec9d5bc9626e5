package event

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// appendTime writes RFC 3339 to the microsecond. A layout of time.AppendFormat
// costs four times as much.
func appendTime(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), t.Nanosecond()/1000, 6)
	return append(b, 'Z')
}

// appendDigits writes n with leading zeros.
func appendDigits(b []byte, n, width int) []byte {
	b = append(b, "000000"[:width]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func appendMetadata(b []byte, md Metadata) []byte {
	b = append(b, `{"event_id":`...)
	b = appendText(b, md.ID)
	b = append(b, `,"event_type":`...)
	b = appendText(b, md.Type)
	b = append(b, `,"event_version":`...)
	b = appendText(b, md.Version)
	b = append(b, `,"timestamp":"`...)
	b = appendTime(b, md.Time)
	b = append(b, `","correlation_id":`...)
	b = appendOptional(b, md.CorrelationID)
	b = append(b, `,"causation_id":`...)
	b = appendOptional(b, md.CausationID)
	b = append(b, `,"source":`...)
	return appendOptional(b, md.Source)
}

func appendOptional(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendText(b, s)
}

// maxHint bounds the memory that is taken for a record before its size is known.
const maxHint = 64 << 10

// appendPayload writes msg as an object, with its members on the level of the
// object that b has begun if inline is true.
func (c *Contract) appendPayload(b []byte, msg proto.Message, inline bool) ([]byte, error) {
	start := len(b)
	b, err := marshal.MarshalAppend(b, msg)
	if err != nil {
		return nil, payloadWriteError(c)
	}
	if c.open {
		s := scanner{b: b[start:]}
		if err := s.whole(); err != nil {
			return nil, errors.New("the payload is nested too deeply: readers take " + strconv.Itoa(maxDepth) + " levels")
		}
		if err := c.checkOpen(s.values, len(s.b)); err != nil {
			return nil, err
		}
	}
	if c.innerNulls && c.Topic.Format == FormatFlat {
		b = append(b[:start], withNulls(b[start:], c.Descriptor)...)
	}
	switch {
	case !inline:
		return b, nil
	case len(b) == start+2: // {}
		b = b[:start]
	default:
		b[start] = ','
		b = b[:len(b)-1]
	}
	if !c.innerNulls {
		m := msg.ProtoReflect()
		for i := range c.nulls {
			if !m.Has(c.nulls[i].field) {
				b = append(b, c.nulls[i].text...)
			}
		}
	}
	return b, nil
}

// payloadWriteError has no text of protojson's, which may quote the payload.
func payloadWriteError(c *Contract) error {
	return fmt.Errorf("the payload of %s cannot be written as JSON: a text is not UTF-8, a time or duration is out of range, a google.protobuf.Value is empty or not finite, or the type of an Any is not known",
		c.Descriptor.FullName())
}

// withNulls adds null for what is unset, in the messages of the payload too.
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

// attribute is a CloudEvents context attribute.
type attribute struct{ name, value string }

func cloudEventAttributes(md Metadata, key string) []attribute {
	all := []attribute{
		{"specversion", "1.0"},
		{"id", md.ID},
		{"type", md.Type},
		{"source", md.Source},
		{"time", md.Time.Format(time.RFC3339Nano)},
		{"eventversion", md.Version},
		{"correlationid", md.CorrelationID},
		{"causationid", md.CausationID},
		{"partitionkey", key},
	}
	out := all[:0]
	for _, a := range all {
		if a.value != "" { // an attribute without a value is left out
			out = append(out, a)
		}
	}
	return out
}

// appendAttributes begins the structured content mode of CloudEvents' JSON
// format.
func appendAttributes(b []byte, md Metadata, key string) []byte {
	b = append(b, '{')
	for _, a := range cloudEventAttributes(md, key) {
		b = appendText(b, a.name)
		b = append(b, ':')
		b = appendText(b, a.value)
		b = append(b, ',')
	}
	return append(b, `"datacontenttype":"application/json","data":`...)
}

// cloudEventHeaders are those of the binary content mode of CloudEvents' Kafka
// binding.
func cloudEventHeaders(md Metadata, key string) []Header {
	out := []Header{{headername.ContentType, []byte("application/json")}}
	for _, a := range cloudEventAttributes(md, key) {
		out = append(out, Header{headername.CloudEventsPrefix + a.name, []byte(a.value)})
	}
	return out
}
