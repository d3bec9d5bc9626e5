package event_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// T9:30, a comma before a fraction and offsets of 24 hours were taken; t, z, and the
// blank that Python's str() writes were not. Metadata and payload have one parser.
func TestTimesAreThoseOfRFC3339(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_FLAT")
	const none = ""
	rows := []struct{ text, anywhere, flat string }{ // as RFC 3339 in UTC, in every format and in flat
		{"2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"},
		{"2026-11-24t09:30:00z", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"},
		{"2026-11-24 09:30:00+00:00", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"},
		{"2026-11-24T09:30:00-00:00", "2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"},
		{"2026-11-24T09:30:00.5-23:59", "2026-11-25T09:29:00.5Z", "2026-11-25T09:29:00.5Z"},
		{"2026-11-24T09:30:00.123456000000Z", "2026-11-24T09:30:00.123456Z", "2026-11-24T09:30:00.123456Z"},
		{"2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
		{"2026-11-24T09:30:00", none, "2026-11-24T09:30:00Z"},
		{"2026-11-24 09:30:00.146828", none, "2026-11-24T09:30:00.146828Z"},
		{"2026-11-24T9:30:00Z", none, none},
		{"2026-11-24T09:30:00,5Z", none, none},
		{"2026-11-24T09:30:00.Z", none, none},
		{"2026-11-24T09:30:00+24:00", none, none},
		{"2026-11-24T09:30:00+01:60", none, none},
		{"2026-11-24T09:30:00+0100", none, none},
		{"2026-11-24T09:30:00+01", none, none},
		{"2026-11-24T09:30Z", none, none},
		{"2026-11-24T09:30", none, none},
		{"2026-11-24T24:00:00Z", none, none},
		{"2026-11-24T09:60:00Z", none, none},
		{"2016-12-31T23:59:60Z", none, none},
		{"2025-02-29T00:00:00Z", none, none},
		{"2026-00-01T00:00:00Z", none, none},
		{"2026-13-01T00:00:00Z", none, none},
		{"2026-01-00T00:00:00Z", none, none},
		{"2026-11-24_09:30:00Z", none, none},
		{"2026-11-24T09:30:00 Z", none, none},
		{" 2026-11-24T09:30:00Z", none, none},
		{"2026-11-24T09:30:00ZZ", none, none},
		{"+2026-11-24T09:30:00Z", none, none},
		{"20261124T093000Z", none, none},
		{"2026-328T09:30:00Z", none, none},
		{"2026-11-24", none, none},
		{"1764000000", none, none},
		{"0000-12-31T00:00:00Z", none, none},
		{"0000-12-31T23:30:00-01:00", none, none},
		{"0001-01-01T00:00:00+00:01", none, none},
		{"9999-12-31T23:59:59-00:01", none, none},
		{"٢026-11-24T09:30:00Z", none, none},
		{"2026-11-24T09:30:00." + strings.Repeat("0", 60) + "Z", none, none},
	}
	for _, row := range rows {
		for format, rec := range inEachFormat(probeID + `,"at":"` + row.text + `"`) {
			want := row.anywhere
			if format == "flat" {
				want = row.flat
			}
			_, msg, err := r.Decode(rec)
			if (err == nil) != (want != none) {
				t.Errorf("%q in a payload, %s: %v", row.text, format, err)
			}
			if err == nil {
				if got := timeOf(t, msg); got.Format(time.RFC3339Nano) != want {
					t.Errorf("%q in a payload, %s: %s, want %s", row.text, format, got, want)
				}
			}
			rec.Value = []byte(strings.ReplaceAll(strings.Replace(string(rec.Value), `,"at":"`+row.text+`"`, "", 1), "2026-11-23T21:51:31Z", row.text))
			for i, h := range rec.Headers {
				if h.Key == "ce_time" {
					rec.Headers[i].Value = []byte(row.text)
				}
			}
			md, _, err := r.Decode(rec)
			if (err == nil) != (want != none) || err == nil && md.Time.Format(time.RFC3339Nano) != want {
				t.Errorf("%q in metadata, %s: %s, %v, want %s", row.text, format, md.Time, err, want)
			}
		}
	}
	// Nanoseconds are kept in a payload and cut in metadata; what is finer is cut there
	// too, and refused in a payload, which nothing changes in silence.
	_, _, err := r.Decode(inEachFormat(probeID + `,"at":"2026-11-24T09:30:00.1234567891Z"`)["envelope"])
	if event.ReasonOf(err) != undecodable || !strings.Contains(err.Error(), "field at: ") {
		t.Errorf("ten digits in a payload: %v", err)
	}
}

// timeOf is the probe's field "at".
func timeOf(t *testing.T, msg proto.Message) time.Time {
	t.Helper()
	m := msg.ProtoReflect()
	at := m.Get(m.Descriptor().Fields().ByName("at")).Message()
	f := at.Descriptor().Fields()
	return time.Unix(at.Get(f.ByName("seconds")).Int(), at.Get(f.ByName("nanos")).Int()).UTC()
}
