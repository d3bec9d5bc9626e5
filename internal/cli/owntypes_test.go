package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ownTypes are contracts whose payloads and rules name types of their own by text: a
// predefined rule, an Any and an extension.
const ownTypes = `syntax = "proto2";
package own.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "google/protobuf/any.proto";
option go_package = "example.com/own/v1;ownv1";
option (eventcontracts.v1.topic) = {name: "owns" partitions: 1 replicas: 1 retention: "7d"};
extend buf.validate.StringRules {
  optional bool sku = 80048952 [(buf.validate.predefined).cel = {id: "string.sku" message: "must be a sku" expression: "!rule || this.matches('^[A-Z]{3}$')"}];
}
// Owned is published by a test, once.
message Owned {
  option (eventcontracts.v1.event) = {topic: "owns" key: "sku" owner: "o"};
  required string sku = 1 [(buf.validate.field).string.(own.v1.sku) = true, (buf.validate.field).string.min_len = 1];
  optional google.protobuf.Any any = 2;
  extensions 100 to 200;
}
// Detail is what an Any may hold.
message Detail { optional string note = 1; }
extend Owned { optional string extra = 100; repeated Detail details = 101; }
`

// eventctl refused every contract with a predefined rule, could not publish an Any of the
// contracts' own types, and dropped extensions.
func TestTypesOfTheContractsAreKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.proto"), []byte(ownTypes), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEventctl(t, "")
	in := func(args ...string) []string { return append(args, "--contracts", dir) }
	if out := e.ok(in("check")...); !strings.Contains(out, "no problems") {
		t.Errorf("check: %s", out)
	}
	_, value := e.dry(append([]string{"Owned", `{"sku": "ABC", "any": {"@type": "type.googleapis.com/own.v1.Detail", "note": "x"}, "[own.v1.extra]": "e", "[own.v1.details]": [{"note": "y"}]}`}, "--contracts", dir)...)
	want := map[string]any{
		"sku": "ABC", "any": map[string]any{"@type": "type.googleapis.com/own.v1.Detail", "note": "x"},
		"[own.v1.extra]": "e", "[own.v1.details]": []any{map[string]any{"note": "y"}},
	}
	if diff := cmp.Diff(want, value["data"]); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	for payload, want := range map[string]string{
		`{"sku": "abc"}`:                                             "sku (string.sku)", // the rule of the contracts
		`{"sku": "ABC", "[own.v1.gone]": 1}`:                         "[own.v1.gone]: the contract has no such field",
		`{"sku": "ABC", "[own.v1.extra]": 1}`:                        "[own.v1.extra]: give a text in quotes",
		`{"sku": "ABC", "any": {"@type": "a/google.protobuf.Type"}}`: `any: give an object with "@type"`,
	} {
		if r := e.run(in("publish", "Owned", payload, "--dry-run")...); r.code != 1 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d, %s, want %q in it", payload, r.code, r.stderr, want)
		}
	}
	if out := e.ok(in("describe", "Owned")...); !strings.Contains(out, "[own.v1.sku]:true") {
		t.Errorf("describe does not name the rule:\n%s", out)
	}
}
