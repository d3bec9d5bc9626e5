package event_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Edition 2023 could not have a default: the checker asked for the keyword optional,
// which editions forbid.
func TestDefaultsInAnEdition(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"FORMAT_ENVELOPE", "FORMAT_FLAT", "FORMAT_CLOUDEVENTS", "FORMAT_CLOUDEVENTS_BINARY"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			file := strings.Replace(edition(`string s = 2 [(eventcontracts.v1.field).default = "by default"]; P p = 3; message P { int32 n = 1 [(eventcontracts.v1.field).default = "7"]; }`),
				orders, orders+" format: "+format, 1)
			files := contracttest.Compile(t, map[string]string{"x.proto": file})
			r, err := event.NewRegistry(files)
			if err != nil {
				t.Fatal(err)
			}
			msg := message(t, files, "shop.v1.A")
			fields := msg.Descriptor().Fields()
			msg.Set(fields.ByName("id"), protoreflect.ValueOfString("8f7a2f5e-3a57-4f0e-9d6d-111111111111"))
			msg.Mutable(fields.ByName("p"))
			rec, err := r.Encode(t.Context(), msg, event.WithSource("test"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(rec.Value), `"by default"`) || !strings.Contains(string(rec.Value), "7") {
				t.Errorf("value = %s, want the defaults in it", rec.Value)
			}
			rec.Value = []byte(strings.Replace(string(rec.Value), `"by default"`, "null", 1))
			_, read, err := r.Decode(rec)
			if err != nil {
				t.Fatal(err)
			}
			if got := read.ProtoReflect().Get(fields.ByName("s")).String(); got != "by default" {
				t.Errorf("s = %q after a null, want the default", got)
			}
		})
	}
}
