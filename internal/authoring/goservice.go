package authoring

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
	"github.com/eventcontracts/eventcontracts/internal/servicegen"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// consumer looks up what the service's code needs to know of the repository.
func (b *build) consumer(r NewConsumer, contracts []*event.Contract) (*consumer, error) {
	repo := b.workspace.Catalog.Repo
	mod, err := repo.GoModule()
	if err != nil {
		return nil, err
	}
	template, err := repo.Template("")
	if err != nil {
		return nil, err
	}
	var files []string
	for _, k := range b.workspace.Catalog.Contracts() {
		files = append(files, k.Descriptor.ParentFile().Path())
	}
	generated, err := gogen.Names(b.workspace.Catalog.Files, template, files...)
	if err != nil {
		return nil, err
	}
	names := gosource.NewNames(generated)
	dir, err := relative(mod.Dir, r.Dir)
	if err != nil {
		return nil, err
	}
	c := &consumer{Consumer: servicegen.Consumer{
		Name: r.Name, Group: r.Group, Module: mod.Path, Dir: dir, GoVersion: goMinor(mod.Go), Names: names,
	}}
	var missing []error
	if mod.Path != servicegen.Toolkit && mod.Requires[servicegen.Toolkit] == "" {
		missing = append(missing, fmt.Errorf("go.mod does not require %s, which the service is built on: run go get %[1]s first", servicegen.Toolkit))
	}
	for _, path := range mod.Local {
		c.notes = append(c.notes, fmt.Sprintf("go.mod replaces %s by a directory, which the build of the image does not have: remove that before docker build", path))
	}
	for _, k := range contracts {
		e := servicegen.Event{Contract: k}
		example, err := exampleOf(b.workspace.Catalog.Registry, k)
		switch {
		case err != nil:
			return nil, err
		case example == nil:
			e.WhyNone = "no value was found that all its rules accept"
			c.notes = append(c.notes, fmt.Sprintf("the test lacks a valid %s: add one to examples in %s/main_test.go", k.Type, dir))
		default:
			e.Example = example.ProtoReflect()
		}
		c.Events = append(c.Events, e)
		if err := b.addMajors(c, k); err != nil {
			return nil, err
		}
		missing = append(missing, c.missingCode(mod, k))
	}
	return c, together(missing)
}

// goMinor is the version of Go that images are named for. A module without one is older
// than the toolkit, which needs 1.26.
func goMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return "1.26"
	}
	return parts[0] + "." + parts[1]
}

// addMajors finds by what the service reads records of the event's other majors: the
// domain's package of conversions, or conversions by name, for which both majors need
// only be linked. Else it reads the handler's own major alone.
func (b *build) addMajors(c *consumer, k *event.Contract) error {
	c.majors = append(c.majors, k.Major)
	all := b.workspace.Catalog.Find(k.Topic.Name + "/" + k.Type)
	if len(all) == 1 {
		return nil
	}
	repo := b.workspace.Catalog.Repo
	_, domain, _, _ := split(k.Descriptor.ParentFile().Package())
	if goFiles, _ := filepath.Glob(repo.Abs(path.Join(conversionsDir(domain), "*.go"))); len(goFiles) > 0 {
		imported, err := repo.ImportPath(conversionsDir(domain))
		if err != nil {
			return err
		}
		if !slices.Contains(c.Conversions, imported) {
			c.Conversions = append(c.Conversions, imported)
		}
		for _, other := range all {
			c.majors = append(c.majors, other.Major)
		}
		return nil
	}
	for _, other := range all[1:] { // the lowest has none before it
		if other.Options.GetFromPrevious() != eventcontractsv1.Conversion_CONVERSION_BY_NAME {
			c.notes = append(c.notes, fmt.Sprintf("the service reads %s %s only: there is no package %s with conversions from other majors", k.Type, k.Version(), conversionsDir(domain)))
			return nil
		}
	}
	for _, other := range all {
		c.majors = append(c.majors, other.Major)
		if other != k {
			c.Linked = append(c.Linked, c.goPackage(other))
		}
	}
	return nil
}

// goPackage is where the Go types of an event are.
func (c *consumer) goPackage(k *event.Contract) string {
	return string(c.Names.Message(k.Descriptor).GoIdent.GoImportPath)
}

// missingCode says that the Go types of an event are not generated yet, as far as they
// are in the same module.
func (c *consumer) missingCode(mod *contractrepo.GoModule, k *event.Contract) error {
	below, ok := strings.CutPrefix(c.goPackage(k), mod.Path+"/")
	if _, err := os.Stat(filepath.Join(mod.Dir, filepath.FromSlash(below))); ok && err != nil {
		return fmt.Errorf("the Go types of %s are not in %s yet: run eventctl generate first", k.Type, below)
	}
	return nil
}
