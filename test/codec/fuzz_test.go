package codec_test

import (
	"slices"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	flatv1 "github.com/eventcontracts/eventcontracts/test/codec/torture/flat/v1"
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

// What generated code takes for right, protovalidate does: of any text, by each rule.
func FuzzRulesOfTexts(f *testing.F) {
	for _, s := range candidates {
		f.Add(s)
	}
	rules := torture(f, "flat").fast.Descriptor.Fields().ByName("rules").Message()
	f.Fuzz(func(t *testing.T, text string) {
		for i := range rules.Fields().Len() {
			fd := rules.Fields().Get(i)
			if fd.Kind() != protoreflect.StringKind || fd.IsList() || fd.IsMap() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
				continue
			}
			msg := &flatv1.Rules{Must: &flatv1.Rules_N{N: 1}}
			msg.ProtoReflect().Set(fd, protoreflect.ValueOfString(text))
			if slices.Contains(msg.Event_codec().Open, string(fd.Name())) {
				continue
			}
			if err := protovalidate.Validate(msg); msg.Event_codec().Valid(msg) && err != nil {
				t.Errorf("%s %q is valid for generated code, and for protovalidate: %v", fd.Name(), text, err)
			}
		}
	})
}
