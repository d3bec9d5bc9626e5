package contractrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// TemplateFile is where buf generate looks for its template.
const TemplateFile = "buf.gen.yaml"

// Template says which code is generated, and where: the part of a buf.gen.yaml that
// can be done without buf.
type Template struct {
	File    string // below the root; empty without a file
	Clean   bool   // remove what an earlier run generated and this one does not
	Managed bool   // the options of files are filled in, as Disable and Override say
	Disable []ManagedRule
	// Override are go_package and go_package_prefix; the last that applies to a file
	// counts.
	Override []ManagedRule
	Plugins  []Plugin
	Inputs   []Input // none means all modules
}

// ManagedRule is about one file option of the files below a path, or of all without
// one. Disable has rules without an option, which mean all options.
type ManagedRule struct {
	Option, Path, Value string
}

// Plugin is one generator.
type Plugin struct {
	Name string   // such as "protoc-gen-go"
	Out  string   // directory below the root
	Opt  []string // parameters, such as "paths=source_relative"
}

// Input is a directory whose .proto files are generated from.
type Input struct {
	Dir     string   // below the root
	Paths   []string // only what is below these, if there are any; below the root
	Exclude []string
}

// GoPlugin generates the Go types of messages, and EventPlugin their codecs.
const (
	GoPlugin    = "protoc-gen-go"
	EventPlugin = "protoc-gen-go-event"
)

// defaultOut is where generated Go is, where no template says it.
const defaultOut = "gen"

// Lent are imports that this program has for contracts whose modules do not hold
// them, as when buf would fetch them from a registry. Their generated Go is in other
// modules, and so managed mode must leave their go_package alone.
var Lent = []string{"buf/validate/validate.proto", "eventcontracts/v1/options.proto"}

// Template reads a template of the root; the empty name means TemplateFile. Without
// that file, Go is generated below gen, by the module path of go.mod. What buf can do
// and this reader does not know is an error that says so.
func (r *Repo) Template(name string) (*Template, error) {
	file := name
	if file == "" {
		file = TemplateFile
	}
	text, err := r.ReadFile(file)
	if name == "" && errors.Is(err, fs.ErrNotExist) {
		return r.defaultTemplate()
	}
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	t, err := parseTemplate(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Abs(file), err)
	}
	t.File = file
	return t, nil
}

func (r *Repo) defaultTemplate() (*Template, error) {
	prefix, err := r.ImportPath(defaultOut)
	if errors.Is(err, ErrNoGoModule) {
		return nil, fmt.Errorf("where generated Go belongs is not known without %s: %w", TemplateFile, err)
	}
	if err != nil {
		return nil, err
	}
	t := &Template{
		Clean: true, Managed: true,
		Override: []ManagedRule{{Option: "go_package_prefix", Value: prefix}},
	}
	for _, name := range inProcess {
		t.Plugins = append(t.Plugins, Plugin{Name: name, Out: defaultOut, Opt: []string{"paths=source_relative"}})
	}
	for _, f := range Lent {
		t.Disable = append(t.Disable, ManagedRule{Option: "go_package", Path: f})
	}
	return t, nil
}

// Generates lists the files that a template generates from, as imports name them, in
// the order of the modules.
func (r *Repo) Generates(t *Template) ([]string, error) {
	inputs := t.Inputs
	if len(inputs) == 0 {
		inputs = []Input{{Dir: "."}}
	}
	used := make([]bool, len(inputs))
	var out []string
	for _, m := range r.Modules {
		for _, f := range m.Files {
			at := path.Join(m.Dir, f)
			for i, in := range inputs {
				if in.has(at) {
					used[i] = true
					out = append(out, f)
					break
				}
			}
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, fmt.Errorf("%s: the input %s has no .proto file of a module of buf.yaml", t.name(), inputs[i].Dir)
	}
	return out, nil
}

func (t *Template) name() string {
	if t.File == "" {
		return bufFile
	}
	return t.File
}

func (in Input) has(name string) bool {
	below := func(dir string) bool { return within(dir, name) }
	return within(in.Dir, name) && (len(in.Paths) == 0 || slices.ContainsFunc(in.Paths, below)) && !slices.ContainsFunc(in.Exclude, below)
}

// Matches reports whether the rule is about an option of a file, which imports name so.
func (m ManagedRule) Matches(option, file string) bool {
	return (m.Option == "" || m.Option == option) && (m.Path == "" || within(path.Clean(m.Path), file))
}

// ErrByBuf matches the error of a template that asks for what only buf can do: its file
// is right.
var ErrByBuf = errors.New("eventctl generate does not do that: run buf generate")

func byBuf(what string, args ...any) error {
	return fmt.Errorf("%s: %w", strings.TrimSpace(fmt.Sprintf(what, args...)), ErrByBuf)
}
