package protoedit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddImport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"between":          {"syntax = \"proto3\";\n\nimport \"a.proto\"; // a\nimport \"z.proto\";\n", "syntax = \"proto3\";\n\nimport \"a.proto\"; // a\nimport \"m.proto\";\nimport \"z.proto\";\n"},
		"first":            {"syntax = \"proto3\";\n\n// Head.\n\n// Z.\nimport \"z.proto\";\n", "syntax = \"proto3\";\n\n// Head.\n\nimport \"m.proto\";\n// Z.\nimport \"z.proto\";\n"},
		"last":             {"syntax = \"proto3\";\r\nimport \"a.proto\";\r\n\r\nmessage M {}\r\n", "syntax = \"proto3\";\r\nimport \"a.proto\";\r\nimport \"m.proto\";\r\n\r\nmessage M {}\r\n"},
		"public":           {"syntax = \"proto3\";\nimport public \"a.proto\";\n", "syntax = \"proto3\";\nimport public \"a.proto\";\nimport \"m.proto\";\n"},
		"there":            {"syntax = \"proto3\";\nimport 'm.proto';\n", "syntax = \"proto3\";\nimport 'm.proto';\n"},
		"none":             {"syntax = \"proto3\";\npackage p;\n\nmessage M {}\n", "syntax = \"proto3\";\npackage p;\n\nimport \"m.proto\";\n\nmessage M {}\n"},
		"none, closely":    {"syntax = \"proto3\";\npackage p;\nmessage M {}\n", "syntax = \"proto3\";\npackage p;\n\nimport \"m.proto\";\n\nmessage M {}\n"},
		"nothing else":     {"syntax = \"proto3\";", "syntax = \"proto3\";\n\nimport \"m.proto\";"},
		"edition":          {"edition = \"2023\";\n", "edition = \"2023\";\n\nimport \"m.proto\";\n"},
		"no syntax":        {"// Head.\n\n// M.\nmessage M {}\n", "// Head.\n\nimport \"m.proto\";\n// M.\nmessage M {}\n"},
		"empty":            {"", "import \"m.proto\";\n"},
		"a comment":        {"// c", "// c\nimport \"m.proto\";"},
		"on one line":      {"syntax = \"proto3\"; import \"a.proto\"; import \"z.proto\"; message M {}", "syntax = \"proto3\"; import \"a.proto\"; import \"m.proto\"; import \"z.proto\"; message M {}"},
		"first on a line":  {"syntax = \"proto3\"; import \"z.proto\";", "syntax = \"proto3\"; import \"m.proto\"; import \"z.proto\";"},
		"byte order mark":  {"\xef\xbb\xbfimport \"z.proto\";\n", "\xef\xbb\xbfimport \"m.proto\";\nimport \"z.proto\";\n"},
		"no final newline": {"import \"a.proto\";", "import \"a.proto\";\nimport \"m.proto\";"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, c.src)
			if err := f.AddImport("m.proto"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
	f := parse(t, "syntax = \"proto3\";\n")
	if err := f.AddImport("a\"; import \"b"); err == nil || len(f.Imports()) != 0 {
		t.Errorf("got %v and %s", err, f.Bytes())
	}
}

func TestAddTopic(t *testing.T) {
	t.Parallel()
	const topic = "option (eventcontracts.v1.topic) = {\n  name: \"n\"\n};"
	for name, c := range map[string]struct{ src, want string }{
		"after a topic":   {"syntax = \"proto3\";\n\noption (eventcontracts.v1.topic) = {name: \"a\"}; // a\n", "syntax = \"proto3\";\n\noption (eventcontracts.v1.topic) = {name: \"a\"}; // a\noption (eventcontracts.v1.topic) = {\n  name: \"n\"\n};\n"},
		"after an option": {"syntax = \"proto3\";\r\noption go_package = \"p\";\r\n", "syntax = \"proto3\";\r\noption go_package = \"p\";\r\noption (eventcontracts.v1.topic) = {\r\n  name: \"n\"\r\n};\r\n"},
		"after an import": {"syntax = \"proto3\";\nimport \"a.proto\";\n\nmessage M {}\n", "syntax = \"proto3\";\nimport \"a.proto\";\n\noption (eventcontracts.v1.topic) = {\n  name: \"n\"\n};\n\nmessage M {}\n"},
		"after the head":  {"syntax = \"proto3\";", "syntax = \"proto3\";\n\noption (eventcontracts.v1.topic) = {\n  name: \"n\"\n};"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, c.src)
			if err := f.AddTopic(topic); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
	f := parse(t, "syntax = \"proto3\";\n")
	for _, text := range []string{"", "option go_package = \"p\";", topic + topic, "message M {}", "option (eventcontracts.v1.topic)"} {
		if err := f.AddTopic(text); err == nil || !strings.HasPrefix(err.Error(), "insert a topic: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestANewMajorRenamesPackageAndGoPackage(t *testing.T) {
	t.Parallel()
	f := parse(t, "syntax = \"proto3\";\npackage /* p */ a.v1 ; // v1\n\noption go_package = 'example.com/a/v1' /* g */;\n")
	if f.Package() != "a.v1" || f.GoPackage() != "example.com/a/v1" {
		t.Errorf("package %s, go_package %s", f.Package(), f.GoPackage())
	}
	if err := f.SetPackage("a.v2"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetGoPackage("example.com/a/v2;av2"); err != nil {
		t.Fatal(err)
	}
	want := "syntax = \"proto3\";\npackage /* p */ a.v2 ; // v1\n\noption go_package = \"example.com/a/v2;av2\" /* g */;\n"
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "a b", "a; message M {}", `"`} {
		if err := f.SetPackage(bad); err == nil {
			t.Errorf("package %q is taken", bad)
		}
	}
	if err := f.SetGoPackage(`a"; option x = "`); err == nil {
		t.Error("two options are taken for a go_package")
	}
	bare := parse(t, "syntax = \"proto3\";\n")
	if err := bare.SetPackage("a"); err == nil || err.Error() != "x.proto:1:1: the file has no package: add package a;" {
		t.Error(err)
	}
	if err := bare.SetGoPackage("a"); err == nil || err.Error() != "x.proto:1:1: the file has no option go_package: leave it to buf.gen.yaml, or add it" {
		t.Error(err)
	}
}
