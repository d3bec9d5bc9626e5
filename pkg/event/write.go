package event

import (
	"time"

	"google.golang.org/protobuf/proto"
)

// timeLayout is RFC 3339 to the microsecond.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func appendMetadata(b []byte, md Metadata) []byte {
	b = append(b, `{"event_id":`...)
	b = appendText(b, md.ID)
	b = append(b, `,"event_type":`...)
	b = appendText(b, md.Type)
	b = append(b, `,"event_version":`...)
	b = appendText(b, md.Version)
	b = append(b, `,"timestamp":"`...)
	b = md.Time.AppendFormat(b, timeLayout)
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

func appendEnvelope(md Metadata, payload []byte) []byte {
	b := appendMetadata(make([]byte, 0, len(payload)+360), md)
	b = append(b, `,"data":`...)
	b = append(b, payload...)
	return append(b, '}')
}

// appendFlat puts metadata and payload on one level. An unset optional field
// is null, as Pydantic writes and requires it.
func appendFlat(md Metadata, msg proto.Message, payload []byte) []byte {
	b := appendMetadata(make([]byte, 0, len(payload)+360), md)
	if inner := payload[1 : len(payload)-1]; len(inner) > 0 {
		b = append(b, ',')
		b = append(b, inner...)
	}
	m := msg.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.HasPresence() && !m.Has(fd) && (fd.ContainingOneof() == nil || fd.ContainingOneof().IsSynthetic()) {
			b = append(b, ',')
			b = appendText(b, string(fd.Name()))
			b = append(b, `:null`...)
		}
	}
	return append(b, '}')
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

// appendCloudEvent writes the structured content mode of CloudEvents' JSON
// format.
func appendCloudEvent(md Metadata, key string, payload []byte) []byte {
	b := append(make([]byte, 0, len(payload)+420), '{')
	for _, a := range cloudEventAttributes(md, key) {
		b = appendText(b, a.name)
		b = append(b, ':')
		b = appendText(b, a.value)
		b = append(b, ',')
	}
	b = append(b, `"datacontenttype":"application/json","data":`...)
	b = append(b, payload...)
	return append(b, '}')
}

// cloudEventHeaders are those of the binary content mode of CloudEvents' Kafka
// binding.
func cloudEventHeaders(md Metadata, key string) []Header {
	out := []Header{{"content-type", []byte("application/json")}}
	for _, a := range cloudEventAttributes(md, key) {
		out = append(out, Header{"ce_" + a.name, []byte(a.value)})
	}
	return out
}
