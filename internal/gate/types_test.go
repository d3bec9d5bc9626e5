//go:build !race

package gate_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Types were judged by buf alone, module by module and as today's buf.yaml asks it: what
// that passed over broke readers and was said to be compatible.
func TestTypesAreJudgedWhateverBufIsAsked(t *testing.T) {
	t.Parallel()
	const (
		file    = "FIELD_SAME_TYPE"
		changed = "EVENT_FIELD_TYPE_CHANGED"
		note    = "optional string note = 2 [(buf.validate.field).string.max_len = 200]"
	)
	plain := "version: v2\nmodules:\n  - path: proto\n"
	onlyProto := func(breaking string) func(repository) {
		return func(r repository) { r.write("buf.yaml", plain+"breaking:\n"+breaking) }
	}
	move := func(r repository, from, to string) {
		r.t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(r.dir, to)), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(r.dir, from), filepath.Join(r.dir, to)); err != nil {
			r.t.Fatal(err)
		}
	}
	const line = "proto/shop/v1/line.proto"
	shared := func(r repository, typ string) {
		r.write(line, "syntax = \"proto3\";\npackage shop.v1;\noption go_package = \"example.com/shop/v1;shopv1\";\nmessage Line {\n  optional "+typ+" sku = 1;\n}\n")
		r.order("import \"eventcontracts/v1/options.proto\";", "import \"eventcontracts/v1/options.proto\";\nimport \"shop/v1/line.proto\";", "}\n", "  // What is ordered.\n  Line line = 3;\n}\n")
	}
	for name, row := range map[string]struct {
		before, after func(repository)
		want          []string
	}{
		"all of buf's rules":  {nil, onlyProto("  use: [FILE]\n"), []string{changed}},
		"rules of the wire":   {nil, onlyProto("  use: [WIRE]\n"), []string{changed}},
		"ignored":             {nil, onlyProto("  use: [FILE]\n  ignore: [proto/shop]\n"), []string{changed}},
		"ignored for a rule":  {nil, onlyProto("  use: [FILE]\n  ignore_only: {" + file + ": [proto/shop]}\n"), []string{changed}},
		"excepted":            {nil, onlyProto("  use: [FILE]\n  except: [" + file + "]\n"), []string{changed}},
		"with no other rules": {nil, onlyProto("  use: [PACKAGE_NO_DELETE]\n"), []string{changed}},
		"moved to another module": {
			func(r repository) {
				shared(r, "string")
				r.write("other/other.proto", "syntax = \"proto3\";\npackage other;\n")
				r.write("buf.yaml", plain+"  - path: other\n")
			}, func(r repository) {
				shared(r, "bytes")
				r.order("import \"eventcontracts/v1/options.proto\";", "import \"eventcontracts/v1/options.proto\";\nimport \"shop/v1/line.proto\";", "}\n", "  // What is ordered.\n  Line line = 3;\n}\n", "revision: 0", "revision: 1")
				move(r, line, "other/shop/v1/line.proto")
			}, []string{changed},
		},
		"modules merged": {
			func(r repository) {
				shared(r, "string")
				move(r, line, "other/shop/v1/line.proto")
				r.write("buf.yaml", plain+"  - path: other\n")
			}, func(r repository) {
				shared(r, "bytes")
				r.order("import \"eventcontracts/v1/options.proto\";", "import \"eventcontracts/v1/options.proto\";\nimport \"shop/v1/line.proto\";", "}\n", "  // What is ordered.\n  Line line = 3;\n}\n", "revision: 0", "revision: 1")
				if err := os.RemoveAll(filepath.Join(r.dir, "other")); err != nil {
					r.t.Fatal(err)
				}
				r.write("buf.yaml", plain)
			}, []string{changed},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			if row.before != nil {
				row.before(r)
			} else {
				r.order(note, "optional string note = 2")
			}
			r.git("init", "-q")
			r.commit("before")
			if row.before == nil {
				r.order(note, "optional bytes note = 2", "revision: 0", "revision: 1")
			}
			row.after(r)
			r.commit("after")
			report := r.gate(1)
			got := slices.DeleteFunc(rules(report), func(rule string) bool { return strings.HasPrefix(rule, "FILE_") }) // the file moved, which buf says
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range report.Findings {
				if f.Rule == changed && (f.Record == "" || f.Refused == "") {
					t.Errorf("no record shows it: %+v", f)
				}
			}
		})
	}
}

// A fault that buf's rules and ours see is told once, by ours; what buf sees alone stays.
func TestOneFaultIsToldOnce(t *testing.T) {
	t.Parallel()
	const body = "  optional string note = 2 [(buf.validate.field).string.max_len = 200];\n"
	enum := func(values string) string {
		return body + "  optional Colour colour = 3;\n}\n// Colour is one.\nenum Colour {\n  COLOUR_UNSPECIFIED = 0;\n" + values
	}
	for name, row := range map[string]struct {
		before, after string // of the message's last field on
		want          []string
	}{
		"type":            {body, "  optional bytes note = 2;\n", []string{"EVENT_FIELD_TYPE_CHANGED"}},
		"cardinality":     {body, "  repeated string note = 2;\n", []string{"EVENT_FIELD_TYPE_CHANGED"}},
		"presence":        {body, strings.Replace(body, "optional ", "", 1), []string{"EVENT_PRESENCE_CHANGED"}},
		"name":            {body, strings.Replace(body, "note", "remark", 1), []string{"EVENT_FIELD_REUSED"}},
		"deleted":         {body, "", []string{"EVENT_FIELD_NOT_RESERVED"}},
		"not reserved":    {"  reserved 3;\n" + body, body, []string{"EVENT_FIELD_NOT_RESERVED"}},
		"into a oneof":    {body + "  optional string remark = 3;\n", "  oneof word {\n    string note = 2 [(buf.validate.field).string.max_len = 200];\n    string remark = 3;\n  }\n", []string{"EVENT_ONEOF_CHANGED"}},
		"value of enum":   {enum("  COLOUR_RED = 1;\n"), enum(""), []string{"EVENT_ENUM_VALUE_REMOVED"}},
		"number of value": {enum("  COLOUR_RED = 1;\n"), enum("  COLOUR_RED = 2;\n"), []string{"EVENT_ENUM_VALUE_RENUMBERED"}},
		"name in JSON":    {body, strings.Replace(body, "[", "[json_name = \"remark\", ", 1), []string{"FIELD_SAME_JSON_NAME"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			write := func(fields, revision string) {
				r.order(body, fields, "revision: 0", "revision: "+revision)
			}
			write(row.before, "0")
			r.git("init", "-q")
			r.commit("before")
			write(row.after, "1")
			r.commit("after")
			report := r.gate(1)
			if diff := cmp.Diff(row.want, rules(report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
