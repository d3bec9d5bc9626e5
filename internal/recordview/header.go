package recordview

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Header is a header as it is shown. An empty value and none are told apart: some
// clients write null headers. A value that may be personal or secret is
// disclosure.Hidden.
type Header struct {
	Key         string  `json:"key"`
	Value       *string `json:"value"` // null for a null header
	ValueBase64 string  `json:"value_base64,omitempty"`
}

// Headers are a record's headers, in its order, nil if it has none; typ is the event's
// type as far as it is known. This module writes
// no personal or secret field into one, but others do: a CloudEvent of theirs may have
// its key in ce_partitionkey, and a name in a header of their own. So of a record that
// may have such fields the values of foreign headers are hidden.
func (v Viewer) Headers(r Record, typ string) []Header {
	topic := deadletter.SourceTopic(r.Record)
	hides := v.hides(topic, typ) || v.hides(r.Topic, typ)
	credible := hides && deadletter.Credible(r.Record)
	out := Headers(r.Headers)
	for i, h := range out {
		if hides && (h.Value != nil || h.ValueBase64 != "") && !mayShow(r.Headers, i, credible) {
			text := disclosure.Hidden
			out[i] = Header{Key: h.Key, Value: &text}
		}
	}
	return out
}

// mayShow reports whether the header at place i may be shown of a record with personal
// or secret fields. Of a dead letter's the names alone do not tell: anybody may write
// dlq-note, or a dlq-error into the record that became the letter, or into any other.
func mayShow(headers []event.Header, i int, credible bool) bool {
	if name := headers[i].Key; !headername.IsDeadLetter(name) {
		return disclosure.HeaderShown(name)
	}
	return credible && deadletter.MayShow(headers, i)
}

// Headers are headers as they are, which a dry run shows to whoever wrote them.
func Headers(headers []event.Header) []Header {
	var out []Header
	for _, h := range headers {
		shown := Header{Key: h.Key}
		switch {
		case h.Value == nil:
		case utf8.Valid(h.Value):
			text := string(h.Value)
			shown.Value = &text
		default:
			shown.ValueBase64 = base64.StdEncoding.EncodeToString(h.Value)
		}
		out = append(out, shown)
	}
	return out
}

// Text is the value for people.
func (h Header) Text() string {
	switch {
	case h.Value != nil:
		return *h.Value
	case h.ValueBase64 != "":
		return "base64 " + h.ValueBase64
	}
	return "(null)"
}
