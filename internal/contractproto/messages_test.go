package contractproto_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// An event of another package holds a message under its full name, and its file
// imports the one that declares it.
func TestMessages(t *testing.T) {
	t.Parallel()
	known := contractproto.Messages(contracttest.Compile(t, map[string]string{topicsFile: topics, "golden/v1/hand.proto": hand}), "golden.v1")
	for name, want := range map[string]string{
		"Address": topicsFile, "golden.v1.Address": topicsFile, "Shapes.Item": "golden/v1/hand.proto",
		"google.protobuf.StringValue": "google/protobuf/wrappers.proto", "StringValue": "",
	} {
		if got := known[name]; got != want {
			t.Errorf("%s is of the file %q, want %q", name, got, want)
		}
	}
	opts := spec.Options{Messages: slices.Collect(maps.Keys(known))}
	s, err := spec.Parse("home (golden.v1.Address), other (Address?), text (google.protobuf.StringValue?)", opts)
	if err != nil {
		t.Fatal(err)
	}
	text := contractproto.RenderFile(contractproto.Event{
		Package: "other.v1", Message: "Moved", Comment: "Moved is published when somebody moves.", Topic: "golden", TopicFile: topicsFile,
		Unkeyed: true, Owner: "team", Spec: &spec.Spec{Fields: []spec.Field{s.Fields[0], s.Fields[2]}},
		Fields: map[string]contractproto.FieldOptions{"": {Import: func(message string) string { return known[message] }}},
	})
	files := contracttest.Compile(t, map[string]string{topicsFile: topics, "other/v1/moved.proto": text})
	got, beyond := contractproto.Read(contracttest.Message(t, files, "other.v1.Moved"), options)
	if diff := cmp.Diff("home (golden.v1.Address), text (google.protobuf.StringValue?)", got.String()); diff != "" || len(beyond) > 0 {
		t.Errorf("read as another line (-want +got):\n%s%s", diff, beyondText(beyond))
	}
	if _, err := spec.Parse("home (Adress)", opts); err == nil || !cmp.Equal(err.(spec.Errors)[0].Fix, `did you mean "Address"?`) { //nolint:errorlint // Parse documents the type
		t.Errorf("a misspelt message: %v", err)
	}
}
