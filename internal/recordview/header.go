package recordview

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Header is a header as it is shown. An empty value and none are told apart: some
// clients write null headers.
type Header struct {
	Key         string  `json:"key"`
	Value       *string `json:"value"` // null for a null header
	ValueBase64 string  `json:"value_base64,omitempty"`
}

// Headers are a record's headers, in its order; nil if it has none. They are shown
// as they are: nothing writes a personal or secret field into one.
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
