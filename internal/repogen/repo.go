package repogen

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/mod/module"

	"github.com/eventcontracts/eventcontracts"
	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
)

// Options say which repository. Dir, Module and Toolkit are required.
type Options struct {
	Dir     string // where it will be, as an absolute path: nothing is read there
	Module  string // path of its Go module
	Domain  string // of its first event. Defaults to that of a greeting
	Toolkit Toolkit
}

//go:embed all:templates
var templates embed.FS

// texts are the files of a repository by their templates.
var texts = map[string]string{
	".github/workflows/ci.yml": "github/ci.yml",
	".gitignore":               "gitignore",
	".gitlab-ci.yml":           "gitlab-ci.yml",
	"Makefile":                 "Makefile",
	"README.md":                "README.md",
	"buf.gen.yaml":             "buf.gen.yaml",
	"buf.yaml":                 "buf.yaml",
	"contracts_test.go":        "contracts_test.go",
	catalog.ServicesFile:       "services.yaml",
	"tools/go.mod":             "tools/go.mod",
	"tools/go.sum":             "tools/go.sum",
}

// vendored are the imports of contracts by where this module has them. Each lies in a
// module of buf's with its licence.
var vendored = map[string]string{
	"third_party/eventcontracts/LICENSE":                         "LICENSE",
	"third_party/eventcontracts/eventcontracts/v1/options.proto": "proto/eventcontracts/v1/options.proto",
	"third_party/protovalidate/LICENSE":                          "third_party/protovalidate/LICENSE",
	"third_party/protovalidate/buf/validate/validate.proto":      "third_party/protovalidate/buf/validate/validate.proto",
}

// protoDir is the buf module of the contracts.
const protoDir = "proto"

// Repo is a repository that nobody has written yet.
type Repo struct {
	Files map[string][]byte // by their paths below the root
	Event *authoring.Change // the first one
	// Follows are those of the files that are generated or copied, sorted: nobody reads
	// them to learn what the repository is.
	Follows []string
}

// New makes a repository. An error that matches authoring.Mistake is one of the
// options.
func New(ctx context.Context, o Options) (*Repo, error) {
	if err := checkModule(o.Module); err != nil {
		return nil, err
	}
	files, err := o.render()
	if err != nil {
		return nil, err
	}
	first, err := o.firstEvent(ctx, files)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, first.Contents())
	c := first.After
	t, err := c.Repo.Template("")
	if err != nil {
		return nil, err
	}
	generated, err := gogen.Generate(c.Repo, c.Files, t)
	if err != nil {
		return nil, err
	}
	follows := append(slices.Collect(maps.Keys(vendored)), "go.sum", "tools/go.sum")
	for _, f := range generated {
		files[f.Path] = f.Content
		follows = append(follows, f.Path)
	}
	set, err := fixture.Of(c.Registry, first.Contract)
	if err != nil {
		return nil, err
	}
	for _, f := range set.Files {
		files[f.Path] = f.Content
		follows = append(follows, f.Path)
	}
	state, err := compat.NewState(c.Files)
	if err != nil {
		return nil, err
	}
	files[contractlock.File] = contractlock.Of(state).Bytes()
	follows = append(follows, contractlock.File)
	slices.Sort(follows)
	return &Repo{Files: files, Event: first, Follows: follows}, nil
}

// Diff is what a person would write of the repository, as a unified diff for git apply.
func (r *Repo) Diff() string {
	files := maps.Clone(r.Files)
	for _, name := range r.Follows {
		delete(files, name)
	}
	return changeset.DiffOfNew(files)
}

// name is the last word of the module's path that is not its major version.
func (o Options) name() string {
	prefix, _, _ := module.SplitPathVersion(o.Module) // it was checked
	return path.Base(prefix)
}

// render are all files but the contracts and what follows from them.
func (o Options) render() (map[string][]byte, error) {
	version, err := o.Toolkit.goVersion()
	if err != nil {
		return nil, err
	}
	data := struct{ Name, Module, GoVersion string }{o.name(), o.Module, version}
	parsed, err := template.ParseFS(templates, "templates/*.tmpl", "templates/*/*.tmpl")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, source := range texts {
		text, err := templates.ReadFile("templates/" + source + ".tmpl")
		if err != nil {
			return nil, err
		}
		t, err := parsed.New(name).Parse(string(text))
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			return nil, err
		}
		files[name] = b.Bytes()
	}
	for name, from := range vendored {
		if files[name], err = eventcontracts.Files.ReadFile(from); err != nil {
			return nil, err
		}
	}
	files["go.mod"], files["go.sum"], err = o.Toolkit.goModule(o.Module)
	return files, err
}

// firstEvent makes an event in contracts that have none yet.
func (o Options) firstEvent(ctx context.Context, files map[string][]byte) (*authoring.Change, error) {
	planned := contractrepo.Planned(maps.Clone(files))
	// buf.yaml names the module, which is a directory only once there is a file in it.
	planned[protoDir+"/.first"] = []byte{}
	w, err := authoring.Draft(ctx, catalog.Options{Contracts: o.Dir, Dir: o.Dir, Planned: planned})
	if err != nil {
		return nil, err
	}
	e := authoring.NewEvent{
		Type: "GreetingSent", Major: 1,
		Spec: "greeting_id (UUID), text (str <=200), sent_at (datetime)",
		Describe: []string{
			"GreetingSent is published once for each greeting. It is an example: make your own\nevents by eventctl new, and delete this one.",
			"greeting_id=The greeting.", "text=What is said.", "sent_at=When it was sent.",
		},
	}
	if o.Domain != "" {
		e.Domain, e.Type = o.Domain, camel(o.Domain)+"Created"
		e.Spec = o.Domain + "_id (UUID), name (str <=200), created_at (datetime)"
		e.Describe = []string{
			fmt.Sprintf("%s is published once, when a %s is created.", e.Type, strings.ReplaceAll(o.Domain, "_", " ")),
			o.Domain + "_id=What was created.", "name=What people call it.", "created_at=When it was created.",
		}
	}
	e.Owner = "team-" + o.name() // events that follow take it over
	return w.New(ctx, e)
}

// checkModule refuses a module path that other modules could not require.
func checkModule(name string) error {
	if err := module.CheckPath(name); err != nil {
		return &authoring.Mistake{Err: fmt.Errorf("--module %q: %w: give a path that others can import, such as example.com/shop", name, err)}
	}
	return nil
}

// camel is a domain as a message is named: todo_list becomes TodoList.
func camel(domain string) string {
	var b strings.Builder
	for _, word := range strings.Split(domain, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
