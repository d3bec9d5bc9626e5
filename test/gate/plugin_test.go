package gate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const shopOrder = `syntax = "proto3";

package shop.v1;

import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";

option go_package = "example.com/shop/v1;shopv1";
option (eventcontracts.v1.topic) = {
  name: "orders"
  partitions: 3
  replicas: 3
  retention: "7d"
};

// OrderPlaced is published once, when a customer orders.
message OrderPlaced {
  option (eventcontracts.v1.event) = {
    topic: "orders"
    key: "order_id"
    owner: "team-shop"
  };

  // The order.
  string order_id = 1 [(buf.validate.field).string.uuid = true];

  // What the customer says.
  optional string note = 2 [(buf.validate.field).string.max_len = 200];
}
`

// stranger is a repository as docs/compatibility.md tells somebody to make one who uses
// buf, and eventctl not at all.
type stranger struct {
	t   *testing.T
	dir string
}

func newStranger(t *testing.T, except ...string) stranger {
	t.Helper()
	s := stranger{t, t.TempDir()}
	for name, from := range map[string]string{
		"third_party/eventcontracts/v1/options.proto": "proto/eventcontracts/v1/options.proto",
		"third_party/buf/validate/validate.proto":     "third_party/protovalidate/buf/validate/validate.proto",
	} {
		text, err := os.ReadFile(filepath.Join("../..", from))
		if err != nil {
			t.Fatal(err)
		}
		s.write(name, string(text))
	}
	s.write("proto/shop/v1/order_placed.proto", shopOrder)
	off := ""
	for _, rule := range except {
		off += "\n    - " + rule
	}
	s.write("buf.yaml", `version: v2
modules:
  - path: proto
  - path: third_party
    lint:
      ignore: [third_party]
    breaking:
      ignore: [third_party]
lint:
  use: [STANDARD, EVENT_CONTRACT]
  except:
    - IMPORT_USED`+off+`
breaking:
  use: [FILE, EVENT_CONTRACT]
  except:
    - ENUM_NO_DELETE
    - FIELD_NO_DELETE
    - FILE_NO_DELETE
    - MESSAGE_NO_DELETE`+off+`
plugins:
  - plugin: buf-plugin-event-contract
`)
	return s
}

func (s stranger) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// buf runs buf with the plugin on the path.
func (s stranger) buf(args ...string) (string, error) {
	s.t.Helper()
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "buf"), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Plain buf lint and buf breaking know the rules in anybody's repository, and what both
// of buf's own rules would refuse passes in its time.
func TestPlainBufKnowsTheRules(t *testing.T) {
	t.Parallel()
	s := newStranger(t)
	if out, err := s.buf("lint"); err != nil {
		t.Errorf("lint of sound contracts: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "contracts"}} {
		run(t, s.dir, "git", args...)
	}
	for name, row := range map[string]struct{ old, with, want string }{
		"nothing":                      {"", "", ""},
		"tightened":                    {"max_len = 200", "max_len = 100", "whose note is a text of 101 characters, valid before, is refused"},
		"relaxed":                      {"max_len = 200", "max_len = 300", "is refused by a reader that is deployed"},
		"moved":                        {`key: "order_id"`, `key: "note"`, "it was keyed by order_id"},
		"a type":                       {"optional string note = 2 [(buf.validate.field).string.max_len = 200]", "optional bytes note = 2", "changed type"},
		"deleted":                      {"  // What the customer says.\n  optional string note = 2 [(buf.validate.field).string.max_len = 200];\n", "", "note is deleted"},
		"an optional field, reserved":  {"  // What the customer says.\n  optional string note = 2 [(buf.validate.field).string.max_len = 200];\n", "  reserved 2;\n  reserved \"note\";\n", ""},
		"the vocabulary's own mistake": {`topic: "orders"`, `topic: "order"`, "its topic was"},
	} {
		text := shopOrder
		if row.old != "" {
			text = strings.Replace(shopOrder, row.old, row.with, 1)
			text = strings.Replace(text, `owner: "team-shop"`, "owner: \"team-shop\"\n    revision: 1", 1)
		}
		s.write("proto/shop/v1/order_placed.proto", text)
		out, err := s.buf("breaking", "proto", "--exclude-imports", "--against", ".git#branch=main,subdir=proto")
		if refused := err != nil; refused != (row.want != "") || !strings.Contains(out, row.want) {
			t.Errorf("%s: %v\n%s\nwant %q", name, err, out, row.want)
		}
	}
}

// A rule that is not seen to fire might be off: what the checker finds of contracts that
// a service would not start with is found by plain buf lint too, and not when the rule is
// switched off.
func TestLintRulesOfTheCheckerCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	second := func(pkg string, replace ...string) string {
		text := strings.Replace(shopOrder, "package shop.v1;", "package "+pkg+";", 1)
		begin, end := strings.Index(text, "option (eventcontracts.v1.topic)"), strings.Index(text, "// OrderPlaced")
		text = text[:begin] + text[end:]
		text = strings.Replace(text, "import \"eventcontracts/v1/options.proto\";", "import \"eventcontracts/v1/options.proto\";\nimport \"shop/v1/order_placed.proto\";", 1)
		return strings.NewReplacer(append(replace, "example.com/shop/v1;shopv1", "example.com/other;otherv1")...).Replace(text)
	}
	for rule, row := range map[string]struct{ file, text string }{
		"EVENT_TYPE_DUPLICATE":   {"proto/other/v1/order_placed.proto", second("other.v1")},
		"CONVERSION_MISSING":     {"proto/shop/v2/order_placed.proto", second("shop.v2")},
		"EVENT_CONTRACT_UNSOUND": {"proto/shop/v1/order_sent.proto", second("shop.v1", "OrderPlaced", "OrderSent", `key: "order_id"`, `key: "nothing"`)},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			on, off := newStranger(t), newStranger(t, rule)
			on.write(row.file, row.text)
			off.write(row.file, row.text)
			out, err := on.buf("lint", "--error-format", "json")
			if err == nil || !strings.Contains(out, `"type":"`+rule+`"`) {
				t.Errorf("on: %v\n%s", err, out)
			}
			if out, _ := off.buf("lint", "--error-format", "json"); strings.Contains(out, rule) {
				t.Errorf("off:\n%s", out)
			}
		})
	}
}
