package event_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// A group in a message was written twice in the flat format, as itself and as null: JSON
// calls it by its message's name. Extensions vanished.
func TestG7_GroupsAndExtensionsAreKept(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		source := contract("shop.v1", orders+" format: "+format, placed, `required string id = 1 [(buf.validate.field).string.uuid = true];
optional group Part = 2 { optional string a = 1; optional group Inner = 2 { optional string b = 1; } }
repeated group Line = 3 { optional string sku = 1; }
optional P p = 4;
extensions 100 to 199;
message P { optional group Deep = 1 { optional string c = 1; } optional string d = 2; extensions 100 to max; }
extend A { optional string note = 100; repeated P parts = 101; }
extend P { optional int32 weight = 100; }
`)
		r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": strings.Replace(source, "proto3", "proto2", 1)}))
		if err != nil {
			t.Fatal(err)
		}
		for _, payload := range []string{
			`{` + probeID + `}`,
			`{` + probeID + `,"Part":{"a":"x","Inner":{}},"Line":[{"sku":"y"},{}],"p":{"Deep":{}}}`,
			`{` + probeID + `,"p":{"d":"x","[shop.v1.A.weight]":7},"[shop.v1.A.note]":"z","[shop.v1.A.parts]":[{"Deep":{"c":"x"}},{}]}`,
		} {
			msg := resolvedProbe(t, r, payload)
			rec, err := r.Encode(context.Background(), msg, event.WithSource("/s"))
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			_, got, err := r.Decode(rec)
			if err != nil {
				t.Fatalf("%s: %v\n%s", format, err, rec.Value)
			}
			if !proto.Equal(msg, got) {
				t.Errorf("%s: %v is read as %v\n%s", format, msg, got, rec.Value)
			}
		}
	}
}
