package codec_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	namesv1 "github.com/eventcontracts/eventcontracts/test/codec/torture/names/v1"
)

// A record of a type that nobody handles is passed over, but not one that is broken: with
// generated code, which looks over it in one pass, as without.
func TestTypesThatNobodyHandles(t *testing.T) {
	t.Parallel()
	for format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p := torture(t, format)
			fast, err := event.NewReader([]proto.Message{&namesv1.Names{}})
			if err != nil {
				t.Fatal(err)
			}
			slow, err := p.ref.NewReader([]proto.Message{p.twin(&namesv1.Names{})})
			if err != nil {
				t.Fatal(err)
			}
			reasons := map[event.Reason]int{}
			try := func(rec event.Record) {
				t.Helper()
				fastMD, _, fastErr := fast.Read(rec)
				slowMD, _, slowErr := slow.Read(rec)
				sameError(t, string(rec.Value), fastErr, func() error { return slowErr })
				if fastMD != slowMD {
					t.Errorf("%s: metadata %v, want %v", rec.Value, fastMD, slowMD)
				}
				reasons[event.ReasonOf(fastErr)]++
			}
			id := `"id":"` + eventID + `",`
			for _, field := range []string{"d", "s", "later", "id", "event_id", "data", "specversion", "type", `\u0061`, "[a.b]"} {
				for _, m := range hostile(field) {
					try(p.record(id + m))
				}
			}
			many := ""
			for i := range 40 {
				many += `"m` + string(rune('0'+i/10)) + string(rune('0'+i%10)) + `":1,`
				try(p.record(many + `"x":1`))
				try(p.record(many + `"m00":1`))
			}
			good := p.record(id + `"s":"ä\n","ps":[{"n":-1.5e3},null,true],"later":{}`)
			for i := range good.Value {
				rec := good
				rec.Value = good.Value[:i]
				try(rec)
				rec.Value = append(append(append([]byte{}, good.Value[:i]...), ' ', ','), good.Value[i:]...)
				try(rec)
			}
			if reasons[event.ReasonUnknownType] < 100 || format != "binary" && reasons[event.ReasonNotAnEvent] < 100 {
				t.Errorf("reasons: %v", reasons)
			}
		})
	}
}
