package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Encode accepted any header, and the producer refused what it took for the
// user's by their position in the record: an outbox wrote records with headers
// that dead letters are told by.
func TestP12_EncodeChecksHeaders(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		r := probes(t, format)
		encode := func(names ...string) (event.Record, error) {
			opts := []event.Option{event.WithSource("/s")}
			for _, name := range names {
				opts = append(opts, event.WithHeader(name, "v"))
			}
			return r.Encode(t.Context(), probeOf(t, r, `{`+probeID+`}`), opts...)
		}
		rec, err := encode("b", "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		if rec.Headers[0].Key != "b" || rec.Headers[1].Key != "a" || rec.Headers[2].Key != "b" {
			t.Errorf("%s: headers %v, want the user's first, in their order", format, rec.Headers)
		}
		for name, want := range map[string]string{
			"dlq-id": "reserved", "Redrive-Count": "reserved", "ce_type": "reserved", "CONTENT-TYPE": "reserved", "traceparent": "reserved",
			"": "name", "a b": "name", "-a": "name", strings.Repeat("a", 129): "name",
		} {
			rec, err := encode("first", name)
			var invalid *event.InvalidError
			if !errors.Is(err, event.ErrInvalid) || !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, header %.20q: %v, want ErrInvalid with %q", format, name, err, want)
				continue
			}
			if invalid.Metadata.ID == "" || rec.Headers != nil || rec.Value != nil {
				t.Errorf("%s, header %.20q: metadata %+v, record %+v", format, name, invalid.Metadata, rec)
			}
		}
	}
}
