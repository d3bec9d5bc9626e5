package codec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/gocodec"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Go packages of parts were imported by names that variables and functions of generated code
// have too, such as m: inside the function m.M_name was a field of a message.
func TestNoImportIsHidden(t *testing.T) {
	t.Parallel()
	names := []string{"d", "e", "m", "v", "mark", "more", "name", "seen", "appendUser", "codecUser", "string", "func", "len", "eventrt", "a-b", "1"}
	files := map[string]string{}
	fields, imports := "", ""
	for i, name := range names {
		pkg := "p" + strings.Repeat("x", i)
		files[pkg+".proto"] = `syntax = "proto3"; package ` + pkg + `; option go_package = "example.org/` + name + `;x";
message M { string s = 1; } enum E { E_UNSPECIFIED = 0; }`
		imports += `import "` + pkg + `.proto";` + "\n"
		fields += strings.NewReplacer("P", pkg, "N", string(rune('a'+i))).Replace("optional P.M mN = 1#; repeated P.M nN = 2#; P.E eN = 3#; repeated P.E fN = 4#; map<string, P.M> gN = 5#;\n")
		for strings.Contains(fields, "#") {
			fields = strings.Replace(fields, "#", string(rune('0'+i/10))+string(rune('0'+i%10)), 1)
		}
	}
	files["user.proto"] = `syntax = "proto3"; package user; option go_package = "example.org/user";` + imports + "message User {\n" + fields + "}"
	set, err := contracttest.Set(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{ProtoFile: set.GetFile(), FileToGenerate: []string{"user.proto"}})
	if err != nil {
		t.Fatal(err)
	}
	gocodec.Generate(gen)
	resp := gen.Response()
	if resp.Error != nil || len(resp.GetFile()) != 1 {
		t.Fatal(resp.GetError(), len(resp.GetFile()))
	}
	text := resp.GetFile()[0].GetContent()
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	imported := map[string]bool{}
	for _, s := range f.Imports {
		if imported[s.Name.Name] {
			t.Errorf("%s is imported twice", s.Name.Name)
		}
		imported[s.Name.Name] = true
	}
	if len(imported) != len(names)+1 {
		t.Fatalf("%d packages are imported, want all of the parts and eventrt", len(imported))
	}
	declared := 0
	ast.Inspect(f, func(n ast.Node) bool {
		var ids []*ast.Ident
		switch n := n.(type) {
		case *ast.Field: // a parameter
			ids = n.Names
		case *ast.FuncDecl:
			ids = []*ast.Ident{n.Name}
		case *ast.ValueSpec:
			ids = n.Names
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					ids = append(ids, id)
				}
			}
		}
		for _, id := range ids {
			declared++
			if imported[id.Name] {
				t.Errorf("%s is a package, and something else too", id.Name)
			}
		}
		return true
	})
	if declared < 20 {
		t.Errorf("%d names are declared:\n%s", declared, text)
	}
}
