package check_test

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// raced is how make test has packages tested: the lists of the Makefile, and the source
// files of this module by their path.
type raced struct {
	plain, both []string
	files       map[string]string
}

// startsAll is the one package that is tested without the race detector although it
// starts goroutines. The Makefile says why.
const startsAll = "examples/system"

// findings is what no test would look at with the race detector although it should.
func (r raced) findings() []string {
	var out []string
	finding := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	hidden := map[string]bool{} // packages with files that the race detector never sees
	for _, file := range slices.Sorted(maps.Keys(r.files)) {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, r.files[file], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			finding("%v", err)
			continue
		}
		dir := path.Dir(file)
		without := slices.Contains(r.plain, dir)
		if notRaced(f) {
			hidden[dir], without = true, true
			if !slices.Contains(r.both, dir) && !slices.Contains(r.plain, dir) {
				finding("%s: !race keeps it out of the only run of its package: name %s in the Makefile's BOTH", file, dir)
			}
		}
		if !without || dir == startsAll {
			continue
		}
		for _, at := range starts(f) {
			finding("%s: starts a goroutine, and is tested without the race detector: see PLAIN in the Makefile", fset.Position(at))
		}
	}
	for _, dir := range r.both {
		if !hidden[dir] {
			finding("%s has no file that says !race: it need not be in the Makefile's BOTH", dir)
		}
	}
	return out
}

// notRaced says whether a file's build constraint leaves it out of a run with the race
// detector.
func notRaced(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() > f.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			all := func(string) bool { return true }
			if err == nil && !expr.Eval(all) && expr.Eval(func(tag string) bool { return tag != "race" }) {
				return true
			}
		}
	}
	return false
}

// starts are the go statements of a file, and calls of a method Go, as WaitGroup and
// errgroup have one.
func starts(f *ast.File) (out []token.Pos) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, n.Pos())
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" {
				out = append(out, sel.Pos())
			}
		}
		return true
	})
	return out
}

// listed are the words of a variable of a Makefile.
func listed(makefile, name string) []string {
	text := strings.ReplaceAll(makefile, "\\\n", " ")
	m := regexp.MustCompile(`(?m)^` + name + ` := (.*)$`).FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	return strings.Fields(m[1])
}

func TestGoroutinesAreTestedWithTheRaceDetector(t *testing.T) {
	t.Parallel()
	const root = "../.."
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	r := raced{both: append(listed(string(makefile), "BOTH"), listed(string(makefile), "FAULTS")...), files: map[string]string{}}
	for _, list := range []string{"PLAIN", "GATE", "PROGRAMS"} {
		r.plain = append(r.plain, listed(string(makefile), list)...)
	}
	if len(r.plain) < 20 || len(r.both) == 0 {
		t.Fatalf("the Makefile names %d packages in PLAIN and %d in BOTH", len(r.plain), len(r.both))
	}
	err = filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		r.files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Concat(r.plain, r.both) {
		if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
			t.Errorf("the Makefile names a package that is not there: %v", err)
		}
	}
	for _, f := range r.findings() {
		t.Error(f)
	}
}

// Each rule is broken once.
func TestWhatTheRaceDetectorMissesIsFound(t *testing.T) {
	t.Parallel()
	const statement = "package a\nfunc f() { go f() }\n"
	rows := map[string]struct {
		r    raced
		want []string
	}{
		"all is well": {raced{[]string{"a"}, []string{"b"}, map[string]string{
			"a/a.go": "package a", "b/b.go": statement, "b/c_test.go": "//go:build !race\n\npackage b", "c/c.go": statement,
		}}, nil},
		"a statement":       {raced{[]string{"a"}, nil, map[string]string{"a/a.go": statement}}, []string{"a/a.go:2:12: starts a goroutine"}},
		"a group":           {raced{[]string{"a"}, nil, map[string]string{"a/a_test.go": "package a\nfunc f(g G) { g.Go(nil) }\n"}}, []string{"a/a_test.go:2:15: starts"}},
		"in a hidden file":  {raced{nil, []string{"a"}, map[string]string{"a/a.go": "//go:build unix && !race\n\n" + statement}}, []string{"a/a.go:4:12: starts"}},
		"in no run":         {raced{nil, nil, map[string]string{"a/a.go": "//go:build !race\n\npackage a"}}, []string{"a/a.go: !race keeps it out"}},
		"twice for nothing": {raced{nil, []string{"a"}, map[string]string{"a/a.go": "//go:build linux && race\n\npackage a"}}, []string{"a has no file"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := row.r.findings()
			begins := func(want, got string) bool { return strings.HasPrefix(got, want) }
			if !slices.EqualFunc(row.want, got, begins) {
				t.Errorf("(-want +got):\n%s", cmp.Diff(row.want, got))
			}
		})
	}
}
