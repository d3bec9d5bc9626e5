package descriptor_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Rules that a contract declares itself are fields of protovalidate's for a program that
// knows them, and bytes for one that does not: the plugin and the service once came to two
// shapes of one contract, so that its generated code was never used.
func TestShapeOfRulesThatAContractDeclares(t *testing.T) {
	t.Parallel()
	shape := func(rule string, known bool) uint64 {
		t.Helper()
		set, err := contracttest.Set(t.Context(), map[string]string{"rules.proto": `syntax = "proto2"; package rules; import "buf/validate/validate.proto";
extend buf.validate.StringRules { optional bool upper = 1161 [(buf.validate.predefined).cel = {id: "upper" message: "not upper" expression: "this == this"}]; }
message M { optional string s = 1 [(buf.validate.field).string = {min_len: 1` + rule + `}]; }`})
		if err != nil {
			t.Fatal(err)
		}
		if known {
			files, err := protodesc.NewFiles(set)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := proto.Marshal(set)
			if err != nil {
				t.Fatal(err)
			}
			set = &descriptorpb.FileDescriptorSet{}
			if err := (proto.UnmarshalOptions{Resolver: resolver{protoregistry.GlobalTypes, dynamicpb.NewTypes(files)}}).Unmarshal(raw, set); err != nil {
				t.Fatal(err)
			}
		}
		files, err := protodesc.NewFiles(set)
		if err != nil {
			t.Fatal(err)
		}
		m := contracttest.Message(t, files, "rules.M")
		if rules := descriptor.Rules(m.Fields().Get(0)).GetString().ProtoReflect(); rule != "" && known != (len(rules.GetUnknown()) == 0) {
			t.Fatalf("the rule is known: %t, want %t", !known, known)
		}
		return descriptor.Shape(m)
	}
	with := shape(" [rules.upper]: true", true)
	if got := shape(" [rules.upper]: true", false); got != with {
		t.Errorf("the shape is %x where the rule is known, and %x where it is not", with, got)
	}
	if shape("", true) == with {
		t.Error("the rule does not count: generated code would be used that does not leave it to the reference")
	}
}

// resolver knows linked types first, and then those of files.
type resolver struct {
	*protoregistry.Types
	more *dynamicpb.Types
}

func (r resolver) FindExtensionByNumber(m protoreflect.FullName, n protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	if x, err := r.Types.FindExtensionByNumber(m, n); err == nil {
		return x, nil
	}
	return r.more.FindExtensionByNumber(m, n)
}
