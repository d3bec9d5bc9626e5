package codec_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What anybody writes into a record is read the same with generated code and without.
func FuzzSame(f *testing.F) {
	all := map[string]pair{}
	for _, p := range pairs(f) {
		all[p.fast.Type] = p
	}
	head := func(p pair) string {
		return `{"event_id":"` + eventID + `","event_type":"` + p.fast.Type + `","event_version":"1.0","timestamp":"2026-01-01T00:00:00Z","correlation_id":null,"causation_id":null,"source":"s",`
	}
	members := `"id":"` + eventID + `","d":`
	for _, v := range odd {
		for _, p := range pairs(f) {
			if p.fast.Type == "Torture" {
				f.Add(p.fast.Topic.Name, []byte(head(p)+members+v+"}"))
				f.Add(p.fast.Topic.Name, []byte(head(p)+`"data":{`+members+v+"}}"))
			}
		}
	}
	for _, p := range all {
		f.Add(p.fast.Topic.Name, []byte(head(p)+`"todo_id":"`+strings.ToUpper(eventID)+`","title":"\u00e4"}`))
	}
	f.Fuzz(func(t *testing.T, topic string, value []byte) {
		all["TodoCreated"].decode(t, event.Record{Topic: topic, Value: value})
	})
}
