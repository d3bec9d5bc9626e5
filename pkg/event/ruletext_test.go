package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// message.oneof, oneofs that are required and predefined rules lost their text: it was
// taken for one that may hold a value.
func TestTextsOfRules(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{
		"x.proto": strings.Replace(contract("shop.v1", orders, placed, id+`
option (buf.validate.message).oneof = {fields: ["b", "c"] required: true};
option (buf.validate.message).cel = {id: "of.message" expression: "this.d != 'x' ? '' : 'd is x'"};
option (buf.validate.message).cel_expression = "this.d != 'y'";
string b = 2; string c = 3; string d = 4;
oneof pay { option (buf.validate.oneof).required = true; string card = 5; string cash = 6; }
optional string loud = 7 [(buf.validate.field).string.(rules.loud) = true];
optional string long = 8 [(buf.validate.field).string.(rules.long) = 3];
optional string quoted = 9 [(buf.validate.field).string.(rules.quoted) = true];
repeated string louds = 10 [(buf.validate.field).repeated.items.string.(rules.loud) = true];
optional string said = 11 [(buf.validate.field).cel = {id: "said" expression: "this == 'a' ? '' : 'is ' + this"}];
optional string twice = 12 [(buf.validate.field).cel = {id: "twice" message: "declared" expression: "this == 'a' ? '' : 'other'"}];
P p = 13; message P { oneof q { option (buf.validate.oneof).required = true; string r = 1; } }`), imports, imports+`import "rules.proto"; `, 1),
		"rules.proto": `syntax = "proto2"; package rules; import "buf/validate/validate.proto";
extend buf.validate.StringRules {
  optional bool loud = 2000 [(buf.validate.predefined).cel = {id: "string.loud" message: "must be loud" expression: "!rule || this == this.upperAscii()"}];
  optional int32 long = 2001 [(buf.validate.predefined).cel = {id: "string.long" expression: "this.size() > rule ? '' : 'must be longer than %s'.format([rule])"}];
  optional bool quoted = 2002 [(buf.validate.predefined).cel = {id: "string.quoted" expression: "!rule ? '' : this == '' ? '' : '%s is not empty'.format([this])"}];
}`,
	})
	r, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	const oneof = "exactly one field is required in oneof"
	for name, row := range map[string]struct {
		payload string
		want    []event.Violation
	}{
		"neither":            {`"card":"1"`, []event.Violation{{"", "message.oneof", "one of b, c must be set"}}},
		"both":               {`"b":"b","c":"c","card":"1"`, []event.Violation{{"", "message.oneof", "only one of b, c can be set"}}},
		"oneof":              {`"b":"b"`, []event.Violation{{"pay", "required", oneof}}},
		"oneof in a part":    {`"b":"b","card":"1","p":{}`, []event.Violation{{"p.q", "required", oneof}}},
		"predefined":         {`"b":"b","card":"1","loud":"x"`, []event.Violation{{"loud", "string.loud", "must be loud"}}},
		"predefined of each": {`"b":"b","card":"1","louds":["X","x"]`, []event.Violation{{"louds[1]", "string.loud", "must be loud"}}},
		"predefined, made":   {`"b":"b","card":"1","long":"x"`, []event.Violation{{"long", "string.long", "must be longer than 3"}}},
		"predefined, quotes": {`"b":"b","card":"1","quoted":"hunter2"`, []event.Violation{{"quoted", "string.quoted", ""}}},
		"own, made":          {`"b":"b","card":"1","d":"x"`, []event.Violation{{"", "of.message", "d is x"}}},
		"own, no message":    {`"b":"b","card":"1","d":"y"`, []event.Violation{{"", "this.d != 'y'", `"this.d != 'y'" returned false`}}},
		"own, quotes":        {`"b":"b","card":"1","said":"hunter2"`, []event.Violation{{"said", "said", ""}}},
		"own, both":          {`"b":"b","card":"1","twice":"x"`, []event.Violation{{"twice", "twice", "other"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			msg := message(t, files, "shop.v1.A")
			if err := protojson.Unmarshal([]byte(`{"id":"`+todoID+`",`+row.payload+`}`), msg); err != nil {
				t.Fatal(err)
			}
			_, err := r.Encode(t.Context(), msg, event.WithSource("test"))
			var invalid *event.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("Encode = %v", err)
			}
			if diff := cmp.Diff(row.want, invalid.Violations); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
