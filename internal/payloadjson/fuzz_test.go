package payloadjson_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/payloadjson"
)

// FuzzRead: whatever protobuf takes is taken, and whatever it does not is refused with a
// mistake of ours.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"todo_id": "1", "parts": [{"sku": "x"}], "stock": {"1": {}}, "any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}`,
		`{"todoid": 1}`, `[1]`, `{"part": {"inner": null}}`, `{"free": {"a": [null]}}`, `{"": 1}`, `{"tags": ["\ud800"]}`, "{\"tags\": [\"\xff\"]}", `{"color": -1, "rate": 1e999}`,
	} {
		f.Add(seed)
	}
	c, err := catalog.Load(f.Context(), catalog.Options{Contracts: "testdata"})
	if err != nil {
		f.Fatal(err)
	}
	found, err := c.Files.FindDescriptorByName("kinds.v1.Kinds")
	if err != nil {
		f.Fatal(err)
	}
	d := found.(protoreflect.MessageDescriptor)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := payloadjson.Read(d, c.Registry.Types(), []byte(text))
		theirs := (protojson.UnmarshalOptions{RecursionLimit: 60, Resolver: c.Registry.Types()}).Unmarshal([]byte(text), dynamicpb.NewMessage(d))
		if err != nil && theirs == nil {
			t.Errorf("%q is refused, and protobuf takes it: %v", text, err)
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%q is refused without a word", text)
		}
	})
}
