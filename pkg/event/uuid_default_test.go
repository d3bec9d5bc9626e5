package event_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// A UUID of proto2 that has a default in capitals was set where it was not, because a default
// reads as a value: an event without the field came out with it, in lower case.
func TestUUIDThatIsADefaultOfProto2(t *testing.T) {
	t.Parallel()
	const upper = "8F7A2F5E-3A57-4F0E-9D6D-111111111111"
	files := contracttest.Compile(t, map[string]string{"x.proto": strings.NewReplacer("proto3", "proto2", "string id = 1 [", "required string id = 1 [").Replace(
		contract("shop.v1", orders, placed, id+"\n"+`optional string other = 2 [default = "`+upper+`", (buf.validate.field).string.uuid = true];`))})
	r, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{strings.ToLower(upper), upper} { // with capitals the event is copied
		msg := message(t, files, "shop.v1.A")
		msg.Set(msg.Descriptor().Fields().ByName("id"), protoreflect.ValueOfString(given))
		rec, err := r.Encode(t.Context(), msg)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(rec.Value), "other") || !strings.Contains(string(rec.Value), `"id":"`+strings.ToLower(upper)) {
			t.Errorf("id %s: value = %s, want the id in lower case, and no other", given, rec.Value)
		}
	}
}
