package contractproto_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// topics declares the topic of every event of these tests.
const topics = `syntax = "proto3";

package golden.v1;

import "eventcontracts/v1/options.proto";

option (eventcontracts.v1.topic) = {
  name: "golden"
  partitions: 3
  replicas: 3
  retention: "7d"
};

// Address is an ordinary message that fields hold.
message Address {
  // The town.
  string town = 1;
}
`

const topicsFile = "golden/v1/topics.proto"

var options = spec.Options{Reserved: []string{"event_id", "event_type", "event_version", "timestamp", "correlation_id", "causation_id", "source", "data", "specversion"}}

func parse(t testing.TB, line string) *spec.Spec {
	t.Helper()
	s, err := spec.Parse(line, options)
	if err != nil {
		t.Fatalf("%s\n%v", line, err)
	}
	return s
}

// render is the file of an event without a key whose comment is its spec.
func render(name string, s *spec.Spec) (file, text string) {
	e := contractproto.Event{
		Package: "golden.v1", Message: messageOf(name), Comment: s.String(), Topic: "golden", TopicFile: topicsFile,
		Unkeyed: true, Owner: "team-golden", Spec: s,
	}
	return "golden/v1/" + name + ".proto", contractproto.RenderFile(e)
}

// messageOf is the message of a golden's name.
func messageOf(name string) string { return spec.EnumName(name) }

// sameMeaning compares specs but for where their fields were written.
var sameMeaning = cmp.Options{
	cmp.Comparer(func(a, b spec.Pos) bool { return true }),
	cmp.Comparer(func(a, b spec.Spec) bool {
		return cmp.Equal(a.Fields, b.Fields, cmp.Comparer(func(a, b spec.Pos) bool { return true }))
	}),
}

// golden compares with a file; a missing one is empty. UPDATE_GOLDEN is a pattern
// of file names to write anew, after which the test still fails.
func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if ok, err := path.Match(pattern, filepath.Base(file)); err != nil || !ok {
			return
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", file)
	}
}

// beyondText is what a spec cannot say, one line each.
func beyondText(all []contractproto.Beyond) string {
	var lines []string
	for _, b := range all {
		lines = append(lines, b.String())
	}
	return strings.Join(lines, "\n")
}
