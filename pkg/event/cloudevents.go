package event

import (
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// isCloudEvents reports whether a content type is that of the structured mode, with
// whatever suffix and parameters.
func isCloudEvents(contentType string) bool {
	const prefix = "application/cloudevents"
	contentType = strings.TrimSpace(contentType)
	return len(contentType) >= len(prefix) && strings.EqualFold(contentType[:len(prefix)], prefix) &&
		(len(contentType) == len(prefix) || strings.IndexByte("+-; ", contentType[len(prefix)]) >= 0)
}

// attribute is a CloudEvents context attribute. Names of extension attributes have
// lower-case letters and digits only (CloudEvents 1.0, naming conventions), hence
// eventversion and not event_version.
type attribute struct{ name, value string }

// cloudEventAttributes are those of both content modes. partitionkey is of the
// CloudEvents partitioning extension.
func cloudEventAttributes(md *Metadata, key string) []attribute {
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
func appendAttributes(b []byte, md *Metadata, key string) []byte {
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
func cloudEventHeaders(md *Metadata, key string) []Header {
	out := []Header{{headername.ContentType, []byte("application/json")}}
	for _, a := range cloudEventAttributes(md, key) {
		out = append(out, Header{headername.CloudEventsPrefix + a.name, []byte(a.value)})
	}
	return out
}
