package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
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

// The same against a broker, in each format: what is published is shown, by the contracts'
// own types, and a group's dead letter of it too.
func TestTypesOfTheContractsArePublishedAndShown(t *testing.T) {
	t.Parallel()
	const any, ext = `"any":{"@type":"type.googleapis.com/own.v1.Detail","note":"x"}`, `"[own.v1.details]":[{"note":"y"}]`
	payload := `{"sku": "ABC", ` + any + `, "[own.v1.extra]": "e", ` + ext + `}`
	for _, format := range []string{"ENVELOPE", "FLAT", "CLOUDEVENTS", "CLOUDEVENTS_BINARY"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := strings.Replace(ownTypes, `name: "owns"`, `name: "owns" format: FORMAT_`+format, 1)
			if err := os.WriteFile(filepath.Join(dir, "own.proto"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			b := cluster(t)
			e := newEventctl(t, b.Addr())
			e.dir = dir
			in := func(args ...string) []string { return append(args, "--contracts", ".") }
			e.ok(in("topics", "apply", "--group", "g", "--events", "Owned")...)
			e.ok(in("publish", "Owned", payload)...)
			if r := e.run(in("publish", "Owned", `{"sku": "abc"}`)...); r.code != 1 || !strings.Contains(r.stderr, "must be a sku") {
				t.Errorf("what breaks the predefined rule: exit code %d: %s", r.code, r.stderr)
			}
			rec := readAll(t, b, "owns")
			if len(rec) != 1 {
				t.Fatalf("%d records", len(rec))
			}
			letter := *rec[0]
			letter.Topic = "owns.g.dlq"
			for _, h := range [][2]string{{"dlq-id", "g/owns/0/0"}, {"dlq-reason", "permanent"}, {"dlq-topic", "owns"}, {"dlq-group", "g"}, {"dlq-disclosure", "1"}} {
				letter.Headers = append(letter.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
			}
			write(t, b, &letter)
			for _, line := range []string{"tail owns", "tail owns --json", "dlq show owns.g.dlq 0/0", "tail owns.g.dlq"} {
				// An Any counts as personal in a record that cannot be decoded, and is opened in one that can.
				if got := e.ok(in(strings.Fields(line)...)...); !strings.Contains(got, any) || !strings.Contains(got, `"[own.v1.extra]":"e"`) || !strings.Contains(got, ext) {
					t.Errorf("eventctl %s:\n%s", line, got)
				}
			}
		})
	}
}
