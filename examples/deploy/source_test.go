package deploy_test

import (
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// names are the example services and their folders; in services.yaml and as
// principals they have the other names.
var names = map[string]string{"todo-api": "todo-api", "notifier": "notifier", "audit": "audit-log"}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// duration is the value of a constant of the code, as it is written there.
func duration(t *testing.T, path, name string) time.Duration {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(root, path), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	clock, err := importer.ForCompiler(fset, "source", nil).Import("time")
	if err != nil {
		t.Fatal(err)
	}
	scope := types.NewPackage("source", "source")
	scope.Scope().Insert(types.NewPkgName(token.NoPos, scope, "time", clock))
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			if v.Names[0].Name != name {
				continue
			}
			value, err := types.Eval(fset, scope, token.NoPos, types.ExprString(v.Values[0]))
			if err != nil {
				t.Fatalf("%s: %s: %v", path, name, err)
			}
			ns, ok := constant.Int64Val(value.Value)
			if !ok {
				t.Fatalf("%s: %s is not a whole number", path, name)
			}
			return time.Duration(ns)
		}
	}
	t.Fatalf("%s has no constant %s", path, name)
	return 0
}
