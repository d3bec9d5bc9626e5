package eventbus_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Calls on the Kafka consumer from several goroutines use freed memory. Only the
// files of the owner's own code may touch it.
func TestC1_OnlyTheOwnerCallsTheClient(t *testing.T) {
	t.Parallel()
	owners := []string{"owner.go", "rebalance.go", "position.go", "commit.go", "limits.go", "shutdown.go"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			// o.client, where o is an *owner by the code's convention.
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "client" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "o" {
					uses[file] = true
				}
			}
			return true
		})
	}
	if len(uses) < 4 {
		t.Fatalf("the client is used in %v alone: does this test still look for the right thing?", uses)
	}
	for file := range uses {
		if !slices.Contains(owners, file) {
			t.Errorf("%s uses the owner's client", file)
		}
	}
}
