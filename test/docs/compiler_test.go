package docs_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/eventcontracts/eventcontracts/"

// packages are what a block may use without an import, as goimports would find it.
var packages = map[string]string{
	"context": "context",
	"errors":  "errors",
	"fmt":     "fmt",
	"slog":    "log/slog",
	"sql":     "database/sql",
	"testing": "testing",
	"time":    "time",

	"kafka": "github.com/confluentinc/confluent-kafka-go/v2/kafka",
	"proto": "google.golang.org/protobuf/proto",

	"event":        module + "pkg/event",
	"eventbus":     module + "pkg/eventbus",
	"eventbustest": module + "pkg/eventbustest",
	"kafkaconn":    module + "pkg/kafkaconn",
	"service":      module + "pkg/service",
	"reminderv1":   module + "gen/events/reminder/v1",
	"todo":         module + "conversions/todo",
	"todov1":       module + "gen/events/todo/v1",
	"todov2":       module + "gen/events/todo/v2",
}

// compiler type-checks blocks of Go. What they import is compiled already, by go
// list, and read from the build cache.
type compiler struct {
	exports map[string]string // export data by import path

	importing sync.Mutex // an importer is not safe for concurrent use
}

func newCompiler(t *testing.T) *compiler {
	t.Helper()
	args := slices.Concat([]string{"list", "-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"}, slices.Sorted(maps.Values(packages)))
	list := exec.CommandContext(t.Context(), "go", args...)
	list.Dir, list.Stderr = root, &bytes.Buffer{}
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, list.Stderr)
	}
	c := &compiler{exports: map[string]string{}}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		c.exports[path] = file
	}
	return c
}

func (c *compiler) lookup(path string) (io.ReadCloser, error) {
	file, ok := c.exports[path]
	if !ok {
		return nil, errors.New("it is not among the packages of this test")
	}
	return os.Open(file)
}

var packageClause = regexp.MustCompile(`(?m)^package \w+`)

// check compiles a block: a file, declarations, or statements. "…" is what the page
// leaves out. That a variable is not used is not a mistake of a page.
func (c *compiler) check(b goBlock) error {
	fset := token.NewFileSet()
	text := strings.ReplaceAll(b.text, "…", `panic("left out")`)
	at := fmt.Sprintf("//line %s:%d\n", b.page, b.line)
	clause := packageClause.FindString(text)
	var forms []string // before and after the text
	if clause != "" {
		forms = []string{at, ""}
	} else {
		clause = "package p"
		forms = []string{
			clause + "\n" + at, "",
			clause + "\nfunc _() error {\n" + at, "\nreturn nil\n}\n",
		}
	}
	var (
		file *ast.File
		err  error
	)
	for i := 0; i < len(forms) && (i == 0 || err != nil); i += 2 {
		file, err = parse(fset, clause, forms[i]+text+forms[i+1])
	}
	if err != nil {
		return err
	}
	files := []*ast.File{file}
	if b.kind == "with" {
		with, err := parse(fset, clause, fmt.Sprintf("%s\n//line %s (with):1\n%s\n", clause, b.page, b.said))
		if err != nil {
			return err
		}
		files = append(files, with)
	}
	var problems []error
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", c.lookup),
		Error: func(err error) {
			if !strings.Contains(err.Error(), "declared and not used") {
				problems = append(problems, err)
			}
		},
	}
	c.importing.Lock()
	defer c.importing.Unlock()
	_, _ = config.Check("p", fset, files, nil) // the first of the problems
	return errors.Join(problems...)
}

// parse adds the imports that src uses and does not have, on the line of the
// package clause.
func parse(fset *token.FileSet, clause, src string) (*ast.File, error) {
	file, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && packages[x.Name] != "" {
				used[x.Name] = true
			}
		}
		return true
	})
	for _, own := range file.Imports {
		maps.DeleteFunc(used, func(name string, _ bool) bool { return fmt.Sprintf("%q", packages[name]) == own.Path.Value })
	}
	imports := ""
	for _, name := range slices.Sorted(maps.Keys(used)) {
		imports += fmt.Sprintf("; import %s %q", name, packages[name])
	}
	return parser.ParseFile(fset, "", strings.Replace(src, clause, clause+imports, 1), parser.SkipObjectResolution)
}
