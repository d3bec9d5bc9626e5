package changelog_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "google.golang.org/protobuf/types/known/anypb" // imports of the corpus
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/changelog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

func stateOf(t *testing.T, text string) *compat.State {
	t.Helper()
	s, err := compat.NewState(contracttest.Compile(t, map[string]string{"shop.proto": text}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const contract = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 3 retention: "7d"};
enum Channel { CHANNEL_UNSPECIFIED = 0; CHANNEL_WEB = 1; }
message Line {
  int32 count = 1 [(buf.validate.field).int32 = {gt: 0, lte: 100}];
}
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-shop"};
  string id = 1 [(buf.validate.field).string.uuid = true];
  optional string title = 2 [(buf.validate.field).string = {min_len: 1, max_len: 500}];
  repeated Line lines = 3 [(buf.validate.field).repeated.max_items = 10];
  Channel channel = 4;
  repeated string tags = 5 [(buf.validate.field).repeated.items.string.max_len = 20];
  optional string priority = 6 [(buf.validate.field).string = {in: ["low", "high"]}, (eventcontracts.v1.field).default = "low"];
}
`

// What changed is said with the words of the rules, and with what it was.
func TestDifferencesInWords(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		replace []string
		want    string
	}{
		"nothing":           {nil, ""},
		"a comment":         {[]string{"message OrderPlaced", "// New.\nmessage OrderPlaced"}, ""},
		"a bound":           {[]string{"max_len: 500", "max_len: 400"}, "title: at most 400 characters, was 500"},
		"a bound of a part": {[]string{"lte: 100", "lte: 99"}, "lines.count: at most 99, was 100"},
		"a bound dropped":   {[]string{"gt: 0, ", ""}, "lines.count: no longer greater than 0"},
		"a rule added":      {[]string{"string.uuid = true", "string = {uuid: true, prefix: \"a\"}"}, `id: now beginning with "a"`},
		"elements":          {[]string{"items.string.max_len = 20", "items.string.max_len = 30"}, "tags: each element: at most 30 characters, was 20"},
		"a list":            {[]string{`["low", "high"]`, `["low", "high", "now"]`}, `priority: one of "low", "high", "now", was one of "low", "high"`},
		"a default":         {[]string{`default = "low"`, `default = "high"`}, `priority: "high" by default, was "low"`},
		"a default dropped": {[]string{`, (eventcontracts.v1.field).default = "low"`, ""}, `priority: no longer "low" by default`},
		"required":          {[]string{"title = 2 [", "title = 2 [(buf.validate.field).required = true, "}, "title: required, was optional"},
		"presence":          {[]string{"optional string title", "string title"}, "title: always there, was optional"},
		"a type":            {[]string{"int32 count", "sint32 count", "int32 = {", "sint32 = {"}, "lines.count: sint32, was int32"},
		"a number":          {[]string{"title = 2", "title = 9"}, "title: field 9, was 2"},
		"an enum's value":   {[]string{"CHANNEL_WEB = 1;", "CHANNEL_WEB = 1; CHANNEL_SHOP = 2;"}, "channel: may be CHANNEL_SHOP now"},
		"a field":           {[]string{"Channel channel = 4;", "Channel channel = 4;\n  optional string note = 7 [(buf.validate.field).string.max_len = 9];"}, "note: new, string, optional, at most 9 characters"},
		"a field removed":   {[]string{"Channel channel = 4;", "reserved 4;"}, "channel: removed"},
		"sensitivity":       {[]string{"max_len: 500}", "max_len: 500}, (eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL"}, "title: personal, was internal"},
		"accept":            {[]string{"max_len: 500}", "max_len: 500}, (eventcontracts.v1.field).accept.string.max_len = 900"}, "title: now accepted by readers: at most 900 characters"},
		"an expression":     {[]string{"option (eventcontracts.v1.event) =", "option (buf.validate.message).cel_expression = \"this.id != this.title\"; option (eventcontracts.v1.event) ="}, `now the expression "this.id != this.title"`},
		"the key":           {[]string{`key: "id"`, `key: "title"`}, "keyed by title, was keyed by id"},
		"no key":            {[]string{`key: "id"`, `unkeyed: true`}, "without a key, was keyed by id"},
		"the owner":         {[]string{`owner: "team-shop"`, `owner: "team-mall"`}, "owned by team-mall, was team-shop"},
		"the wire type":     {[]string{`key: "id"`, `key: "id" type: "Order"`}, "its type is Order on the wire, was OrderPlaced"},
		"the promise":       {[]string{`key: "id"`, `key: "id" compatibility: COMPATIBILITY_BACKWARD`}, "promises backward compatibility, was compatibility in both directions"},
		"deprecation":       {[]string{`key: "id"`, `key: "id" deprecated: {since: "2026-01-01" sunset: "2026-06-01" replaced_by: "Order"}`}, "deprecated since 2026-01-01, removed from 2026-06-01 on, replaced by Order"},
		"retention":         {[]string{`retention: "7d"`, `retention: "14d"`}, "topic orders\n  retention: 14d, was 7d"},
		"a topic's format":  {[]string{`retention: "7d"`, `retention: "7d" format: FORMAT_FLAT`}, "written in format flat, was envelope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := contract
			for i := 0; i < len(row.replace); i += 2 {
				if !strings.Contains(text, row.replace[i]) {
					t.Fatalf("the contract has no %q", row.replace[i])
				}
				text = strings.ReplaceAll(text, row.replace[i], row.replace[i+1])
			}
			got := changelog.Text(changelog.Compare(stateOf(t, contract), stateOf(t, text)))
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("it says\n%swant %s", got, row.want)
			}
		})
	}
}

// Of everything that makes another contract of an event a word is said: what a version
// stands for cannot change silently. The corpus has a pair for each kind of change.
func TestNoChangeOfAContractIsLeftOut(t *testing.T) {
	t.Parallel()
	n := 0
	const corpus = "../compat/testdata/corpus"
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "after.proto" {
			return err
		}
		dir := filepath.Dir(path)
		read := func(name string) *compat.State {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			s, err := compat.NewState(contracttest.Compile(t, map[string]string{name: string(text)}))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		before, after := read("before.proto"), read("after.proto")
		told := map[string]bool{}
		for _, c := range changelog.Compare(before, after) {
			told[c.Message] = len(c.Lines) > 0 || c.Status != changelog.Changed
		}
		was := map[string]string{}
		for _, e := range before.Entries() {
			was[string(e.Message.FullName())] = e.Digest
		}
		for _, e := range after.Entries() {
			if name := string(e.Message.FullName()); was[name] != e.Digest && !told[name] {
				t.Errorf("%s: nothing is said of %s", strings.TrimPrefix(dir, corpus+"/"), name)
			}
		}
		n++
		return nil
	})
	if err != nil || n < 150 {
		t.Errorf("%d pairs, %v", n, err)
	}
}

// The page has each event once, the newest release first, and Markdown of a contract is
// text there.
func TestHistory(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	second := strings.Replace(contract, "max_len: 500", `max_len: 400, not_contains: "[x](y)"`, 1)
	got, err := changelog.History([]changelog.Version{
		{Name: "v1", Date: day, State: stateOf(t, contract)},
		{Name: "v2", Date: day.AddDate(0, 0, 1), State: stateOf(t, strings.Replace(second, `key: "id"`, `key: "id" revision: 1`, 1))},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `<!-- Written by eventctl release: never edit it. -->

# Changes of the contracts

## OrderPlaced (shop.v1)

- **1.1**, release v2 of 2026-11-02
  - ` + "`title`" + `: at most 400 characters, was 500
  - ` + "`title`" + `: now not containing "\[x\](y)"
- **1.0**, release v1 of 2026-11-01
  - on topic orders, keyed by id

## topic orders

- **added**, release v1 of 2026-11-01
  - ` + "`partitions`" + `: 3
  - ` + "`replicas`" + `: 3
  - ` + "`retention`" + `: 7d
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
