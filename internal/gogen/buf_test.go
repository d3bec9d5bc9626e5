package gogen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hard are contracts in which a generator that is not buf's can go wrong: options of
// other languages, of the team's own and of two files of one package, words that PHP
// reserves, versions, packages of one part, editions, comments everywhere, and what
// buf.yaml leaves out. They are no events: that is not what generating is about.
var hard = map[string]string{
	"go.mod": "module example.com/hard\n\ngo 1.26\n",
	"buf.yaml": `version: v2
modules:
  - path: proto
    excludes: [proto/drafts]
  - path: shared
    includes: [shared/acme]
  - path: third_party
`,
	"buf.gen.yaml": `version: v2
clean: true
managed:
  enabled: true
  disable:
    - file_option: go_package
      path: buf/validate
    - file_option: go_package
      path: eventcontracts
    - file_option: java_package
      path: shop/list
    - path: own
  override:
    - file_option: go_package_prefix
      value: example.com/hard/gen
    - file_option: go_package
      path: shop/one/single.proto
      value: example.com/hard/gen/shop/one;uno
plugins:
  - local: ["go", "-C", "ROOT", "tool", "protoc-gen-go"]
    out: gen
    opt: [paths=source_relative]
    strategy: all
inputs:
  - directory: proto
    exclude_paths: [proto/shop/not]
  - directory: shared
`,
	"proto/shop/list/v1beta1/order_placed.proto": `// Detached: about the file.

// About the syntax.
syntax = "proto3";

// About the package.
package shop.list.v1beta1;

import "acme/options.proto";
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "google/protobuf/timestamp.proto";
import "shop/one/single.proto";

option java_package = "by.hand";
option cc_enable_arenas = false;
option (acme.file_tier) = "gold";

// An order.
message OrderPlaced {
  option (acme.tier) = {name: "gold", labels: [{key: "b", value: "2"}, {key: "a", value: "1"}]};
  option deprecated = true;

  // Detached.

  // The order.
  string order_id = 1 [(acme.field_tier) = 7, (buf.validate.field).string = {min_len: 1, max_len: 36}, (buf.validate.field).required = true]; // behind
  map<string, State> states = 2 [(buf.validate.field).map.max_pairs = 5];
  oneof pay {
    string card = 3 [json_name = "theCard"];
    bool cash = 4;
  }
  optional single.Single single = 5 [(eventcontracts.v1.field) = {sensitivity: SENSITIVITY_PERSONAL}];
  google.protobuf.Timestamp at = 6;
  repeated int64 numbers = 9 [packed = false];
  reserved 7, 20 to 30;
  reserved "gone";
  enum State {
    option allow_alias = true;
    STATE_UNSPECIFIED = 0;
    STATE_NEW = 1 [deprecated = true];
    STATE_FRESH = 1;
  }
  message Inner { Inner inner = 1; }
}

service Orders {
  rpc Place(OrderPlaced) returns (OrderPlaced);
}
`,
	"proto/shop/list/v1beta1/b_other-nameIs.x.proto": "syntax = \"proto3\";\npackage shop.list.v1beta1;\nmessage Other { bytes reset = 1; string string = 2; }\n",
	"proto/shop/one/single.proto":                    "syntax = \"proto3\";\npackage single;\nmessage Single {}\n",
	"proto/none.proto":                               "syntax = \"proto3\";\noption go_package = \"example.com/hard/gen/none;none\";\n",
	"proto/own/own.proto":                            "syntax = \"proto3\";\npackage own;\noption go_package = \"example.com/hard/gen/own\";\nmessage Own {}\n",
	"proto/gamma/pbuf/blog/v2/old.proto": `syntax = "proto2";
package gamma.pbuf.blog.v2;
option optimize_for = CODE_SIZE;
option java_multiple_files = false;
option java_string_check_utf8 = true;
message Old {
  required string name = 1 [default = "a\"b\n"];
  optional group Part = 2 { optional int32 n = 1 [default = -7]; }
  extensions 100 to 199;
}
extend Old { optional double ratio = 100 [default = inf]; }
`,
	"proto/ed/v1/edition.proto": "edition = \"2023\";\npackage ed.v1;\noption features.field_presence = IMPLICIT;\nmessage Ed { string plain = 1; string asked = 2 [features.field_presence = EXPLICIT]; }\n",
	"proto/shop/not/me.proto":   "syntax = \"proto3\";\npackage shop.not;\nmessage Me {}\n",
	"proto/drafts/draft.proto":  "this is not protobuf yet",
	"shared/acme/options.proto": `syntax = "proto3";
package acme;
import "google/protobuf/descriptor.proto";
message Tier { string name = 1; map<string, string> labels = 2; }
extend google.protobuf.MessageOptions { Tier tier = 50001; }
extend google.protobuf.FieldOptions { int32 field_tier = 50002; }
extend google.protobuf.FileOptions { string file_tier = 50003; }
`,
	"shared/left/out.proto": "nor is this",
}

func TestGeneratedIsWhatBufGenerates(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	buf := filepath.Join(repo, "bin", "buf")
	if _, err := os.Stat(buf); err != nil {
		t.Skip("bin/buf is not built: make test builds it")
	}
	dir := t.TempDir()
	for name, text := range hard {
		write(t, dir, name, strings.ReplaceAll(text, "ROOT", repo))
	}
	for _, f := range []string{"third_party/protovalidate/buf/validate/validate.proto", "proto/eventcontracts/v1/options.proto"} {
		text, err := os.ReadFile(filepath.Join(repo, f))
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(f, "proto")
		if strings.Contains(f, "validate/buf") {
			name = "/buf/validate/validate.proto"
		}
		write(t, dir, "third_party"+name, string(text))
	}
	write(t, dir, "gen/stale/stale.pb.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\n")

	got := generate(t, dir, "")
	cmd := exec.CommandContext(t.Context(), buf, "generate")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("buf generate: %v\n%s", err, out)
	}
	want := onDisk(t, dir, "gen")
	if len(want) < 6 {
		t.Fatalf("buf generated only %d files", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-buf +ours):\n%s", diff)
	}
}

// Both templates of this repository, and that of a new one, which repogen's tests hold
// against buf with all else that is in it.
func TestThisRepositorysTemplatesGiveWhatBufGives(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	buf := filepath.Join(repo, "bin", "buf")
	if _, err := os.Stat(buf); err != nil {
		t.Skip("bin/buf is not built: make test builds it")
	}
	for _, template := range []string{"buf.gen.yaml", "buf.gen.options.yaml"} {
		out := t.TempDir()
		if template == "buf.gen.yaml" { // it once left what was of a contract that is gone
			write(t, out, "gen/events/gone/v1/gone.pb.go", "package gonev1\n")
		}
		cmd := exec.CommandContext(t.Context(), buf, "generate", "--template", template, "-o", out)
		cmd.Dir = repo
		if printed, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("buf generate --template %s: %v\n%s", template, err, printed)
		}
		if diff := cmp.Diff(onDisk(t, out, "gen"), generate(t, repo, template)); diff != "" {
			t.Errorf("%s (-buf +ours):\n%s", template, diff)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
