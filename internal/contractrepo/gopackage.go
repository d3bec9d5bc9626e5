package contractrepo

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// GoPackage is the go_package from which Go is generated for a file, which imports name
// so: that of buf's managed mode, by the last override that applies, and else what the
// file itself declares. pkg is the file's package in protobuf. The empty text means that
// nothing says it.
func (t *Template) GoPackage(file, pkg, declared string) string {
	if !t.Managed || strings.HasPrefix(file, "google/protobuf/") || t.Disabled("go_package", file) {
		return declared
	}
	value := ""
	for _, o := range t.Override {
		switch {
		case o.Matches("go_package", file):
			value = o.Value
		case o.Matches("go_package_prefix", file) && !t.Disabled("go_package_prefix", file):
			value = path.Join(o.Value, path.Dir(file))
			if Versioned(pkg) {
				names := strings.Split(pkg, ".")
				value += ";" + names[len(names)-2] + names[len(names)-1]
			}
		}
	}
	if value == "" {
		return declared
	}
	return value
}

// Disabled reports whether managed mode leaves an option of a file alone.
func (t *Template) Disabled(option, file string) bool {
	return slices.ContainsFunc(t.Disable, func(d ManagedRule) bool { return d.Matches(option, file) })
}

// version is the last part of a package as buf reads versions: v1, v1beta2, v1p1alpha3,
// v1test and so on.
var version = regexp.MustCompile(`^v[1-9][0-9]*(test.*|(p[1-9][0-9]*)?(alpha|beta)([1-9][0-9]*)?)?$`)

// Versioned reports whether a package of protobuf ends in a version, as buf reads it.
func Versioned(pkg string) bool {
	return strings.Contains(pkg, ".") && version.MatchString(pkg[strings.LastIndexByte(pkg, '.')+1:])
}

// generatingFile is what any buf.gen.yaml says about Go packages, with whatever else is
// in it: in version v2, and as far as it is the same in v1.
type generatingFile struct {
	Managed struct {
		Enabled  bool          `yaml:"enabled"`
		Disable  []managedFile `yaml:"disable"`
		Override []managedFile `yaml:"override"`
		Prefix   struct {
			Default string `yaml:"default"`
		} `yaml:"go_package_prefix"` // v1
	} `yaml:"managed"`
	Plugins []struct {
		Local  words  `yaml:"local"`
		Remote string `yaml:"remote"`
		Plugin string `yaml:"plugin"` // v1
		Name   string `yaml:"name"`   // v1
		Opt    words  `yaml:"opt"`
	} `yaml:"plugins"`
}

// GoPackages is a template that says into which Go package files are generated, and
// nothing else: it is read where [Repo.Template] refuses one that only buf can do, and of
// any version. False means that the root does not say how Go is generated, or not here.
func (r *Repo) GoPackages() (*Template, bool) {
	text, err := r.ReadFile(TemplateFile)
	if err != nil {
		return nil, false
	}
	var f generatingFile
	if err := yaml.Unmarshal(text, &f); err != nil {
		return nil, false // who generates is told
	}
	t := &Template{File: TemplateFile, Managed: f.Managed.Enabled}
	for _, d := range f.Managed.Disable {
		t.Disable = append(t.Disable, ManagedRule{Option: d.FileOption, Path: d.Path})
	}
	for _, o := range f.Managed.Override {
		t.Override = append(t.Override, ManagedRule{Option: o.FileOption, Path: o.Path, Value: o.Value})
	}
	if f.Managed.Prefix.Default != "" {
		t.Override = append(t.Override, ManagedRule{Option: "go_package_prefix", Value: f.Managed.Prefix.Default})
	}
	generates := false
	for _, p := range f.Plugins {
		name := p.Remote + p.Plugin + p.Name
		if len(p.Local) > 0 {
			name = p.Local[len(p.Local)-1]
		}
		name, _, _ = strings.Cut(path.Base(name), ":") // a remote one may have its version
		if name != "go" && name != GoPlugin {
			continue
		}
		generates = true
		for _, opt := range p.Opt {
			for opt := range strings.SplitSeq(opt, ",") {
				// protoc-gen-go's own way to say it, M<file>=<import path>.
				if file, at, ok := strings.Cut(strings.TrimPrefix(opt, "M"), "="); ok && opt[0] == 'M' {
					t.Managed = true
					t.Override = append(t.Override, ManagedRule{Option: "go_package", Path: file, Value: at})
				}
			}
		}
	}
	return t, generates
}
