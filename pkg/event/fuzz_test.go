package event_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// checker checks what must hold of any record.
type checker struct {
	registries []*event.Registry // with the probe in each format
}

func newChecker(f *testing.F) checker {
	f.Helper()
	var c checker
	for _, format := range formats {
		c.registries = append(c.registries, probes(f, format))
	}
	return c
}

// A rejection has a known reason. What is accepted encodes in every format,
// and is read back as it was.
func (c checker) check(t *testing.T, rec event.Record) {
	t.Helper()
	for _, r := range c.registries {
		md, msg, err := r.Decode(rec)
		if err != nil {
			if !slices.Contains(event.Reasons(), event.ReasonOf(err)) {
				t.Fatalf("%v has no known reason", err)
			}
			continue
		}
		if md.Time.IsZero() {
			continue // WithTime takes the zero time for none
		}
		format := r.Topics()[0].Format
		asUUID := func(id string) string {
			if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
				return noteID // flat and envelope take no other, which is no fault of the record
			}
			return id
		}
		want := md
		want.Source, want.ID, want.CorrelationID, want.CausationID = "/s", asUUID(md.ID), asUUID(md.CorrelationID), ""
		want.Version = "1.0" // a later revision is written as ours
		again, err := r.Encode(context.Background(), msg, event.WithID(want.ID), event.WithTime(md.Time), event.WithCorrelation(want.CorrelationID), event.WithSource(want.Source))
		if err != nil {
			t.Fatalf("%s: it was read and cannot be written: %v", format, err)
		}
		md, back, err := r.Decode(again)
		if err != nil {
			t.Fatalf("%s: it was written and cannot be read: %v\n%s", format, err, again.Value)
		}
		if want := lowerID(msg); !proto.Equal(want, back) {
			t.Fatalf("%s (-want +got):\n%s\n%s", format, cmp.Diff(want, back, protocmp.Transform()), again.Value)
		}
		if diff := cmp.Diff(want, md); diff != "" {
			t.Fatalf("%s: metadata (-want +got):\n%s", format, diff)
		}
	}
}

// lowerID is msg as it is written: with the text of a UUID in lower case (P15). Readers
// leave it as others have written it.
func lowerID(msg proto.Message) proto.Message {
	out := proto.Clone(msg).ProtoReflect()
	id := out.Descriptor().Fields().ByName("id")
	out.Set(id, protoreflect.ValueOfString(strings.ToLower(out.Get(id).String())))
	return out.Interface()
}

// seeds are payload members worth varying.
func seeds() []string {
	out := []string{
		probeID, probeID + `,"at":"2026-01-01T00:00:00","times":["2026-01-01T00:00:00.1"],"part":{"at":"2026-01-01 00:00:00"}`,
		probeID + `,"free":{"a":[null,{"b":1e3}]},"any_value":null,"list":[[]],"labels":{"a":"\u0000"},"left":"\ud83e\udd5b"`,
	}
	for _, p := range payloads {
		out = append(out, p[1:len(p)-1])
	}
	return out
}

func FuzzDecodeFlat(f *testing.F) {
	c := newChecker(f)
	for _, s := range seeds() {
		f.Add([]byte("{" + probeMeta + "," + s + "}"))
	}
	f.Fuzz(func(t *testing.T, value []byte) { c.check(t, event.Record{Topic: "orders", Value: value}) })
}

func FuzzDecodeEnvelope(f *testing.F) {
	c := newChecker(f)
	for _, s := range seeds() {
		f.Add([]byte(probeMeta), []byte(s))
	}
	f.Fuzz(func(t *testing.T, meta, data []byte) {
		c.check(t, event.Record{Topic: "orders", Value: bytes.Join([][]byte{[]byte("{"), meta, []byte(`,"data":{`), data, []byte("}}")}, nil)})
	})
}

func FuzzDecodeCloudEvents(f *testing.F) {
	c := newChecker(f)
	for _, s := range seeds() {
		f.Add(inEachFormat(s)["cloudevents"].Value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		c.check(t, event.Record{Topic: "orders", Value: value, Headers: []event.Header{{Key: "content-type", Value: []byte("application/cloudevents+json")}}})
	})
}

func FuzzDecodeCloudEventsBinary(f *testing.F) {
	c := newChecker(f)
	for _, s := range seeds() {
		f.Add(inEachFormat(s)["cloudevents-binary"].Value)
	}
	headers := inEachFormat(probeID)["cloudevents-binary"].Headers
	f.Fuzz(func(t *testing.T, value []byte) {
		c.check(t, event.Record{Topic: "orders", Value: value, Headers: headers})
	})
}

func FuzzHeaders(f *testing.F) {
	c := newChecker(f)
	rec := inEachFormat(probeID)["cloudevents-binary"]
	f.Add("ce_id", []byte("i"), "content-type", []byte("application/json"), rec.Value)
	f.Add("ce_time", []byte("2026-01-01T00:00:00.1+01:00"), "ce_eventversion", []byte("1.1"), rec.Value)
	f.Add("ce_correlationid", []byte("\xff"), "ce_source", []byte("%"), rec.Value)
	f.Fuzz(func(t *testing.T, k1 string, v1 []byte, k2 string, v2, value []byte) {
		c.check(t, event.Record{Topic: "orders", Value: value, Headers: append(slices.Clone(rec.Headers), event.Header{Key: k1, Value: v1}, event.Header{Key: k2, Value: v2})})
	})
}
