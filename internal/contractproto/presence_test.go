package contractproto_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// A field that an event gets later means the same in every syntax that its file can be
// of: it once had the keyword of proto3 in each, which editions refuse.
func TestFieldsOfEachSyntax(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"proto3":            `syntax = "proto3";`,
		"proto2":            `syntax = "proto2";`,
		"edition 2023":      `edition = "2023";`,
		"edition, implicit": "edition = \"2023\";\noption features.field_presence = IMPLICIT;",
		"edition, explicit": "edition = \"2023\";\noption features.field_presence = EXPLICIT;",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 3))
			var fields []spec.Field
			for len(fields) < 60 {
				if s, err := spec.Parse(randomLine(r), options); err == nil {
					for _, f := range s.Fields {
						f.Name = fmt.Sprintf("f%d", len(fields))
						if name != "proto2" || f.Type.Optional || f.Type.Base == spec.List || f.Type.Base == spec.Set || f.Type.Base == spec.Dict {
							fields = append(fields, f)
						}
					}
				}
			}
			file := head + "\npackage golden.v1;\nimport \"google/protobuf/timestamp.proto\";\nimport \"google/protobuf/duration.proto\";\nimport \"google/protobuf/struct.proto\";\n" +
				"import \"buf/validate/validate.proto\";\nimport \"eventcontracts/v1/options.proto\";\nimport \"golden/v1/topics.proto\";\n"
			empty := contracttest.Compile(t, map[string]string{topicsFile: topics, "golden/v1/m.proto": file + "message M {}\n"})
			d, err := empty.FindFileByPath("golden/v1/m.proto")
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for i, f := range fields {
				b.WriteString(contractproto.RenderField(f, i+1, contractproto.FieldOptions{Presence: contractproto.PresenceIn(d)}).Text)
			}
			linked := contracttest.Compile(t, map[string]string{topicsFile: topics, "golden/v1/m.proto": file + "message M {\n" + b.String() + "}\n"})
			got, beyond := contractproto.Read(contracttest.Message(t, linked, "golden.v1.M"), options)
			if diff := cmp.Diff(&spec.Spec{Fields: fields}, got, sameMeaning); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, b.String())
			}
			if len(beyond) > 0 {
				t.Errorf("leaves something to say:\n%s", beyondText(beyond))
			}
		})
	}
}
