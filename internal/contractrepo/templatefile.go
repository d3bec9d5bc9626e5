package contractrepo

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// templateFile is a buf.gen.yaml (version v2) as far as it is understood:
// https://buf.build/docs/configuration/v2/buf-gen-yaml/. Every other key is refused,
// because what it asks for would be missing from the result.
type templateFile struct {
	Version string `yaml:"version"`
	Clean   bool   `yaml:"clean"`
	Managed struct {
		Enabled  bool          `yaml:"enabled"`
		Disable  []managedFile `yaml:"disable"`
		Override []managedFile `yaml:"override"`
	} `yaml:"managed"`
	Plugins []pluginFile `yaml:"plugins"`
	Inputs  []struct {
		Directory    string   `yaml:"directory"`
		Paths        []string `yaml:"paths"`
		ExcludePaths []string `yaml:"exclude_paths"`
	} `yaml:"inputs"`
}

type managedFile struct {
	FileOption string `yaml:"file_option"`
	Path       string `yaml:"path"`
	Value      string `yaml:"value"`
}

type pluginFile struct {
	Local words  `yaml:"local"`
	Out   string `yaml:"out"`
	Opt   words  `yaml:"opt"`
	// How many files a plugin gets at once (directory, all): the plugins that are
	// known write the same files either way.
	Strategy string `yaml:"strategy"`
}

// words is one word or a list of words.
type words []string

func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	var list []string
	err := n.Decode(&list)
	*w = list
	return err
}

// goPackageOptions are the file options that an override may set.
var goPackageOptions = []string{"go_package", "go_package_prefix"}

// inProcess are the generators that need not be installed. What else is run for
// them ("go", "tool") would only find them.
var inProcess = []string{GoPlugin, EventPlugin}

func parseTemplate(text []byte) (*Template, error) {
	var f templateFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var version struct{ Version string }
	if err := yaml.Unmarshal(text, &version); err == nil && version.Version != "v2" {
		return nil, byBuf("version %q, and only v2 is known", version.Version)
	}
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, unknownKey(err)
	}
	t := &Template{Clean: f.Clean, Managed: f.Managed.Enabled}
	for _, d := range f.Managed.Disable {
		t.Disable = append(t.Disable, ManagedRule{Option: d.FileOption, Path: d.Path})
	}
	for _, o := range f.Managed.Override {
		if !slices.Contains(goPackageOptions, o.FileOption) {
			return nil, byBuf("managed.override of %s", o.FileOption)
		}
		t.Override = append(t.Override, ManagedRule{Option: o.FileOption, Path: o.Path, Value: o.Value})
	}
	if len(f.Plugins) == 0 {
		return nil, fmt.Errorf("it has no plugins: name %s", strings.Join(inProcess, " or "))
	}
	for _, p := range f.Plugins {
		plugin, err := p.read()
		if err != nil {
			return nil, err
		}
		if t.Clean && plugin.Out == "." {
			return nil, fmt.Errorf("clean would remove everything in out %q: give generated files a directory of their own", p.Out)
		}
		t.Plugins = append(t.Plugins, plugin)
	}
	for _, in := range f.Inputs {
		input := Input{Dir: path.Clean(in.Directory), Paths: cleaned(in.Paths), Exclude: cleaned(in.ExcludePaths)}
		if in.Directory == "" || !fs.ValidPath(input.Dir) {
			return nil, byBuf("the input %q, which is not a directory below this one", in.Directory)
		}
		t.Inputs = append(t.Inputs, input)
	}
	return t, nil
}

func (p pluginFile) read() (Plugin, error) {
	if len(p.Local) == 0 {
		return Plugin{}, byBuf("a plugin that is not local")
	}
	name := path.Base(p.Local[len(p.Local)-1])
	if !slices.Contains(inProcess, name) {
		return Plugin{}, byBuf("the plugin %s", strings.Join(p.Local, " "))
	}
	out := path.Clean(p.Out)
	if p.Out == "" || !fs.ValidPath(out) {
		return Plugin{}, byBuf("the plugin %s with out %q, which is not a directory below this one", name, p.Out)
	}
	if p.Strategy != "" && p.Strategy != "directory" && p.Strategy != "all" {
		return Plugin{}, fmt.Errorf("the plugin %s: strategy %q: give directory or all", name, p.Strategy)
	}
	return Plugin{Name: name, Out: out, Opt: p.Opt}, nil
}

// unknownKey says of a key that is not known, which the YAML library reports by the
// Go type that lacks it, that buf knows it.
func unknownKey(err error) error {
	for line := range strings.Lines(err.Error()) {
		before, _, ok := strings.Cut(strings.TrimSpace(line), " not found in type ")
		if at, key, named := strings.Cut(before, "field "); ok && named {
			return byBuf("%skey %s", at, key)
		}
	}
	return err
}
