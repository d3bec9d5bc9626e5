package codec_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// formats are those in which there is a torture message, by what its package is called.
var formats = map[string]string{
	"envelope": "FORMAT_ENVELOPE", "flat": "FORMAT_FLAT", "structured": "FORMAT_CLOUDEVENTS", "binary": "FORMAT_CLOUDEVENTS_BINARY",
}

// torture is the pair of the torture message in a format.
func torture(t testing.TB, format string) pair {
	t.Helper()
	for _, p := range pairs(t) {
		if p.name() == "codec."+format+".v1.Torture" {
			return p
		}
	}
	t.Fatal("no torture in " + format)
	return pair{}
}

const (
	metadata   = `"event_id":"` + eventID + `","event_type":"Torture","event_version":"1.0","timestamp":"2026-01-01T00:00:00Z","correlation_id":null,"causation_id":null,"source":"s"`
	attributes = `"specversion":"1.0","id":"` + eventID + `","type":"Torture","source":"/s","time":"2026-01-01T00:00:00Z","eventversion":"1.0","partitionkey":"` + eventID + `","datacontenttype":"application/json"`
)

// record is a record of the torture message: what stands in its payload's object.
func (p pair) record(members string) event.Record {
	rec, end := p.open(members)
	rec.Value = append(rec.Value, end...)
	return rec
}

// open is a record without what ends its JSON.
func (p pair) open(members string) (rec event.Record, end string) {
	rec.Topic = p.fast.Topic.Name
	value := ""
	switch p.fast.Topic.Format {
	case event.FormatFlat:
		value, end = "{"+metadata+","+members, "}"
	case event.FormatCloudEvents:
		rec.Headers = []event.Header{{Key: "content-type", Value: []byte("application/cloudevents+json; charset=UTF-8")}}
		value, end = "{"+attributes+`,"data":{`+members, "}}"
	case event.FormatCloudEventsBinary:
		rec.Headers = []event.Header{{Key: "content-type", Value: []byte("application/json")}}
		for _, a := range [][2]string{{"specversion", "1.0"}, {"id", eventID}, {"type", "Torture"}, {"source", "/s"}, {"time", "2026-01-01T00:00:00Z"}, {"eventversion", "1.0"}} {
			rec.Headers = append(rec.Headers, event.Header{Key: "ce_" + a[0], Value: []byte(a[1])})
		}
		value, end = "{"+members, "}"
	default:
		value, end = "{"+metadata+`,"data":{`+members, "}}"
	}
	rec.Value = []byte(value)
	return rec, end
}
