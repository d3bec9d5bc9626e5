package valueset_test

import (
	"strings"
	"testing"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// A rule kind that nobody has classified would be a rule that may be broken in
// silence: validate.proto itself is asked for all there are.
func TestEveryKindOfRuleIsClassified(t *testing.T) {
	t.Parallel()
	known := map[string]valueset.Kind{}
	for _, k := range valueset.Table() {
		if _, twice := known[k.Name]; twice {
			t.Errorf("%s is there twice", k.Name)
		}
		if (k.Direction == valueset.Undecidable) != (k.Reason != "") {
			t.Errorf("%s: a reason is for what is undecidable, and that needs one", k.Name)
		}
		known[k.Name] = k
	}
	seen := 0
	messages := validate.File_buf_validate_validate_proto.Messages()
	for i := range messages.Len() {
		m := messages.Get(i)
		// Violations are what validators say, and no rules; Rule is one expression.
		if !strings.HasSuffix(string(m.Name()), "Rules") && m.Name() != "MessageOneofRule" {
			continue
		}
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			if f.ContainingOneof() != nil && f.ContainingOneof().Name() == "type" {
				continue // the message of rules of a type, which is walked itself
			}
			name := string(m.Name()) + "." + string(f.Name())
			if _, ok := known[name]; !ok {
				t.Errorf("%s is not classified", name)
			}
			delete(known, name)
			seen++
		}
	}
	for name := range known {
		t.Errorf("%s is classified, and validate.proto has none", name)
	}
	if seen < 150 {
		t.Errorf("only %d kinds were seen: does this test still look at the right file?", seen)
	}
	// FieldRules has one message of rules for each type, and maybe a new one next year.
	oneof := (&validate.FieldRules{}).ProtoReflect().Descriptor().Oneofs().ByName("type")
	for i := range oneof.Fields().Len() {
		if of := oneof.Fields().Get(i).Message(); of.ParentFile().Path() != "buf/validate/validate.proto" {
			t.Errorf("%s is of another file", of.FullName())
		}
	}
}
