//go:build !race

package catalog_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Foo_Bar beside Foo.Bar passed check, and the generated Go did not compile. The
// compiler is asked about each row too: check refuses what it refuses, and nothing else.
func TestNamesThatAreOneInGo(t *testing.T) {
	t.Parallel()
	const event = "// A is published when a row is checked.\nmessage A {\n" +
		"  option (eventcontracts.v1.event) = {topic: \"orders\" key: \"id\" owner: \"o\"};\n  string id = 1 [(buf.validate.field).string.uuid = true];\n  "
	const p2 = `syntax = "proto2";`
	rows := []struct {
		name, fields, more string // of the event, and behind it
		edit               func(files map[string]string)
		want               string // in the one problem; "" for sound
	}{
		{"nested and flat message", "B b = 2; message B {}", "message A_B {}", nil, "has A_B twice, from shop.v1.A.B and from shop.v1.A_B, and does not compile: rename one of them"},
		{"nested message and flat enum", "message B {}", "enum A_B { A_B_X = 0; }", nil, "has A_B twice"},
		{"what is inside both follows", "message B { message C {} enum D { X = 0; } }", "message A_B { message C {} enum D { X = 0; } }", nil, "has A_B twice"},
		{"camel and snake", "", "message BarBaz {} message bar_baz {}", nil, "has BarBaz twice, from shop.v1.BarBaz and from shop.v1.bar_baz"},
		{"capitals", "", "message bar {} message Bar {}", nil, "has Bar twice"},
		{"value and message", "", "enum E { X = 0; } message E_X {}", nil, "has E_X twice, from shop.v1.X and from shop.v1.E_X"},
		{"values of two enums", "enum E { X = 0; }", "enum A_E { A_E_X = 0; } ", nil, "has A_E twice"},
		{"value of a nested enum and a message", "enum E { X = 0; }", "message A_X {}", nil, "has A_X twice, from shop.v1.A.X and from shop.v1.A_X"},
		{"map of names and message", "", "enum E { X = 0; } message E_name {} message E_value {}", nil, ""},
		{"value and its enum's map", "", "enum E { name = 0; }", nil, "has E_name twice"},
		{"wrapper and flat message", "oneof o { string b = 2; }", "message A_B {}", nil, "has A_B twice, from shop.v1.A.b and from shop.v1.A_B"},
		{"wrapper and value", "oneof o { string b = 2; } enum E { B = 0; }", "", nil, "has A_B twice"},
		{"wrapper and nested message", "oneof o { string b = 2; } message B {}", "", nil, ""},
		{"wrapper and nested enum", "oneof o { string e = 2; } enum E { X = 0; }", "", nil, ""},
		{"two oneofs", "oneof b_C { string x = 2; } message B { oneof c { string y = 1; } }", "", nil, "has isA_B_C twice, from shop.v1.A.B.c and from shop.v1.A.b_C"},
		{"wrappers of two messages", "oneof o { string b_C = 2; } message B { oneof p { string c = 1; } }", "", nil, "has A_B_C twice"},
		{"fields", "string bar_baz = 2; string BarBaz = 3;", "", nil, ""},
		{"field and getter", "string b = 2; string get_b = 3;", "", nil, ""},
		{"getter and field", "string get_b = 2; string b = 3;", "", nil, ""},
		{"field and method", "string reset = 2; string string = 3; string proto_message = 4; string descriptor = 5;", "", nil, ""},
		{"the method that nobody renames", "string proto_reflect = 2;", "", nil, "the Go type A has ProtoReflect twice, of every message and from shop.v1.A.proto_reflect, and does not compile: rename the field"},
		{"its getter", "string get_proto_reflect = 2;", "", nil, ""},
		{"oneof and field", "oneof o { string b = 2; } string O = 3;", "", nil, ""},
		{"oneof and another's getter", "string o = 2; oneof get_o { string b = 3; }", "", nil, ""},
		{"field and the getter of a oneof", "string get_o = 2; oneof o { string b = 3; }", "", nil, "the Go type A has GetO twice"},
		{"oneof and the getter of a oneof", "oneof get_o { string c = 2; } oneof o { string b = 3; }", "", nil, "the Go type A has GetO twice"},
		{"extension and message", "", "message E_Ext {}", func(f map[string]string) {
			f["shop/v1/x.proto"] = goFile(p2, "shop.v1", "message M { extensions 1 to 9; } extend M { optional string ext = 1; }")
			f["shop/v1/a.proto"] = strings.Replace(f["shop/v1/a.proto"], "import", `import "shop/v1/x.proto"; import`, 1)
		}, "has E_Ext twice"},
		{"a default's constant", "", "message Default_M_S {}", func(f map[string]string) {
			f["shop/v1/x.proto"] = goFile(p2, "shop.v1", "message M { optional string s = 1 [default = 'x']; }")
			f["shop/v1/a.proto"] = strings.Replace(f["shop/v1/a.proto"], "import", `import "shop/v1/x.proto"; import`, 1)
		}, "has Default_M_S twice"},
		{"files of one name", "", "", func(f map[string]string) {
			f["shop/v1/x_y.proto"] = goFile("", "shop.v1", "message M {}")
			f["shop/v1/x.y.proto"] = goFile("", "shop.v1", "message N {}")
			f["shop/v1/a.proto"] = strings.Replace(f["shop/v1/a.proto"], "import", `import "shop/v1/x_y.proto"; import "shop/v1/x.y.proto"; import`, 1)
		}, "from shop/v1/x_y.proto and from shop/v1/x.y.proto"},
		{"a file's variable and a message", "", "message File_shop_v1_a_proto {}", nil, ""},
		{"packages of protobuf in one of Go", "", "message M {}", func(f map[string]string) {
			f["shop/v1/x.proto"] = goFile("", "other.v1", "message M {}")
			f["shop/v1/a.proto"] = strings.Replace(f["shop/v1/a.proto"], "import", `import "shop/v1/x.proto"; import`, 1)
		}, "has M twice, from other.v1.M and from shop.v1.M"},
		{"names that are Go's", "string type = 2; string func = 3; B b = 4; message B {}", "message string {} message int32 {} message len {} message error {}", nil, ""},
		{"names of imports", "", "message protoreflect {} message Reflect {} message Sync {} message Unsafe {} message protoimpl {}", nil, ""},
		{"an opaque type's methods", "", "", func(f map[string]string) {
			f["shop/v1/x.proto"] = "edition = \"2023\";\npackage shop.v1;\nimport \"google/protobuf/go_features.proto\";\noption features.(pb.go).api_level = API_HYBRID;\n" +
				"option go_package = \"ROOT/shop/v1;shopv1\";\nmessage M { string b = 1; string has_b = 2; string set_b = 3; string clear_b = 4; oneof o { string c = 5; } string which_o = 6; }"
			f["shop/v1/a.proto"] = strings.Replace(f["shop/v1/a.proto"], "import", `import "shop/v1/x.proto"; import`, 1)
		}, ""},
	}
	const module, below = "github.com/eventcontracts/eventcontracts", "internal/catalog/testdata/gonames"
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, temp := map[string]string{}, t.TempDir()
	args := []string{"build", "-gcflags=-e", "-overlay=" + filepath.Join(temp, "overlay.json")}
	for i, row := range rows {
		own := fmt.Sprintf("%s/row%d", below, i)
		files := map[string]string{"buf.yaml": "version: v2\n", "shop/v1/a.proto": goFile("", "shop.v1", ordersTopic+event+row.fields+"\n}\n"+row.more)}
		if row.edit != nil {
			row.edit(files)
		}
		for name := range files {
			files[name] = strings.ReplaceAll(files[name], "ROOT", module+"/"+own)
		}
		switch got := problems(t, files); {
		case row.want == "" && len(got) > 0, row.want != "" && (len(got) != 1 || !strings.Contains(got[0], row.want)):
			t.Errorf("%s: problems %q, want one with %q", row.name, got, row.want)
		}
		for name, content := range generatedGo(t, files) {
			real := filepath.Join(temp, fmt.Sprint(i), filepath.Base(name))
			if err := os.MkdirAll(filepath.Dir(real), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(real, content, 0o600); err != nil {
				t.Fatal(err)
			}
			overlay[filepath.Join(root, filepath.FromSlash(own), filepath.FromSlash(name))] = real
		}
		args = append(args, "./"+own+"/shop/v1")
	}
	config, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(temp, "overlay.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("every package compiles")
	}
	refused := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# `+module+"/"+below+`/row(\d+)/`).FindAllSubmatch(out, -1) {
		refused[string(m[1])] = true
	}
	for i, row := range rows {
		if compiles := !refused[strconv.Itoa(i)]; compiles != (row.want == "") {
			t.Errorf("%s: it compiles: %t; go build says\n%s", row.name, compiles, out)
		}
	}
}

// goFile is a file of the Go package that a row is compiled as.
func goFile(syntax, pkg, text string) string {
	h := header
	if syntax != "" {
		h = strings.Replace(header, `syntax = "proto3";`, syntax, 1)
	}
	return h + "package " + pkg + ";\noption go_package = \"ROOT/shop/v1;shopv1\";\n" + text
}

// generatedGo is what protoc-gen-go makes of files, by path.
func generatedGo(t *testing.T, files map[string]string) map[string][]byte {
	t.Helper()
	protos := map[string]string{}
	for name, text := range files {
		if path.Ext(name) == ".proto" {
			protos[name] = text
		}
	}
	set, err := contracttest.Set(t.Context(), protos)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
		Parameter: proto.String("paths=source_relative"), ProtoFile: set.GetFile(), FileToGenerate: slices.Sorted(maps.Keys(protos)),
	})
	if err != nil {
		t.Fatal(err)
	}
	gen.SupportedEditionsMinimum, gen.SupportedEditionsMaximum = internal_gengo.SupportedEditionsMinimum, internal_gengo.SupportedEditionsMaximum
	for _, f := range gen.Files {
		if f.Generate {
			internal_gengo.GenerateFile(gen, f)
		}
	}
	out := map[string][]byte{}
	for _, f := range gen.Response().GetFile() {
		out[f.GetName()] = []byte(f.GetContent())
	}
	return out
}
