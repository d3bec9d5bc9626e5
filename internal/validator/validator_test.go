package validator_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/validator"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// A rule about wrappers in a list or map ended the process that looked at such an element:
// a producer's, or eventctl.
func TestElementsThatAreWrappers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ typ, rule, good, bad string }{
		{"BoolValue", "bool.const = true", `true`, `false`},
		{"Int32Value", "int32.gt = 1", `2`, `1`},
		{"Int64Value", "int64.gt = 1", `2`, `1`},
		{"UInt32Value", "uint32.gt = 1", `2`, `1`},
		{"UInt64Value", "uint64 = {in: [2]}", `2`, `1`},
		{"FloatValue", "float.gt = 1", `2`, `1`},
		{"DoubleValue", "double.gt = 1", `2`, `1`},
		{"StringValue", "string.uuid = true", `"123e4567-e89b-12d3-a456-426614174000"`, `"a"`},
		{"BytesValue", "bytes.len = 1", `"YQ=="`, `""`},
	} {
		text := fmt.Sprintf(`syntax = "proto3";
package x.v1;
import "buf/validate/validate.proto";
import "google/protobuf/wrappers.proto";
message M {
  repeated google.protobuf.%[1]s list = 1 [(buf.validate.field).repeated.items.%[2]s];
  map<string, google.protobuf.%[1]s> map = 2 [(buf.validate.field).map.values.%[2]s];
  google.protobuf.%[1]s single = 3 [(buf.validate.field).%[2]s];
  M inside = 4;
}`, row.typ, row.rule)
		files := contracttest.Compile(t, map[string]string{"x.proto": text})
		d, err := files.FindDescriptorByName("x.v1.M")
		if err != nil {
			t.Fatal(err)
		}
		v, err := validator.New(protoregistry.GlobalTypes)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{`{"list": [%s]}`, `{"map": {"k": %s}}`, `{"single": %s}`, `{"inside": {"list": [%s]}}`} {
			for value, bad := range map[string]bool{row.good: false, row.bad: true} {
				m := dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
				payload := fmt.Sprintf(form, value)
				if err := protojson.Unmarshal([]byte(payload), m); err != nil {
					t.Fatal(err)
				}
				err := v.Validate(m)
				if (err != nil) != bad || err != nil && !strings.Contains(err.Error(), "validation error") {
					t.Errorf("%s: %s: %v, want refused: %t", row.typ, payload, err, bad)
				}
			}
		}
	}
}
