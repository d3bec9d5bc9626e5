package event_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// The error about what JSON cannot write left out the paths of a FieldMask and required
// fields of proto2. Each is refused before anything is sent, and named among the reasons.
func TestWhatJSONCannotWriteIsNamed(t *testing.T) {
	t.Parallel()
	source := `import "google/protobuf/field_mask.proto";import "google/protobuf/any.proto"; `
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": strings.Replace(
		strings.Replace(contract("shop.v1", orders, placed, `required string id = 1 [(buf.validate.field).string.uuid = true];
optional P part = 2; optional google.protobuf.FieldMask mask = 3; optional google.protobuf.Duration wait = 4; optional google.protobuf.Any any = 5; optional google.protobuf.Value value = 6;
message P { required string name = 1; }
`), "proto3", "proto2", 1), "\npackage ", "\n"+source+"\npackage ", 1)}))
	if err != nil {
		t.Fatal(err)
	}
	set := func(of protoreflect.Message, field, value string) {
		of.Set(of.Descriptor().Fields().ByName(protoreflect.Name(field)), protoreflect.ValueOfString(value))
	}
	part := func(of protoreflect.Message, field string) protoreflect.Message {
		return of.Mutable(of.Descriptor().Fields().ByName(protoreflect.Name(field))).Message()
	}
	for what, row := range map[string]struct {
		change func(m protoreflect.Message)
		want   string
	}{
		"nothing":                    {func(protoreflect.Message) {}, ""},
		"a path without camelCase":   {func(m protoreflect.Message) { appendPath(part(m, "mask"), "a__b") }, "a path of a FieldMask has no camelCase form"},
		"a path in camelCase":        {func(m protoreflect.Message) { appendPath(part(m, "mask"), "aB") }, "a path of a FieldMask has no camelCase form"},
		"a required field of proto2": {func(m protoreflect.Message) { part(m, "part") }, "a required field of proto2 is missing"},
		"a duration that is too long": {func(m protoreflect.Message) {
			d := part(m, "wait")
			d.Set(d.Descriptor().Fields().ByName("seconds"), protoreflect.ValueOfInt64(1<<40))
		}, "a time or duration is out of range"},
		"an Any of an unknown type": {func(m protoreflect.Message) { set(part(m, "any"), "type_url", "type.googleapis.com/x.Y") }, "the type of an Any is none of the contracts'"},
		"a Value without a kind":    {func(m protoreflect.Message) { part(m, "value") }, "a google.protobuf.Value is empty or not finite"},
		"a text that is not UTF-8":  {func(m protoreflect.Message) { set(part(m, "part"), "name", "\xff") }, "a text is not UTF-8"},
	} {
		msg := dynamicpb.NewMessage(r.Contracts()[0].Descriptor)
		set(msg, "id", todoID)
		row.change(msg)
		_, err := r.Encode(context.Background(), proto.Message(msg), event.WithSource("/s"))
		if row.want == "" {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", what, err, row.want)
		}
	}

	// A reader is told which required field of proto2 there is not.
	rec := event.Record{Topic: "orders", Value: []byte(`{` + probeMeta + `,"source":"/s","correlation_id":null,"causation_id":null,"data":{` + probeID + `,"part":{}}}`)}
	_, _, err = r.Decode(rec)
	if event.ReasonOf(err) != undecodable || !strings.Contains(err.Error(), "required field shop.v1.A.P.name is missing") {
		t.Errorf("a record without it: %v", err)
	}
}

func appendPath(mask protoreflect.Message, path string) {
	mask.Mutable(mask.Descriptor().Fields().ByName("paths")).List().Append(protoreflect.ValueOfString(path))
}
