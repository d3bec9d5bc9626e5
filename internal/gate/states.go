package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// loaded is one state of contracts.
type loaded struct {
	files    *protoregistry.Files
	state    *compat.State
	registry func() *event.Registry // which returns nil if the contracts are not sound
	compiled *catalog.Compiled
	problems []compat.Finding
	services []catalog.Service
}

func (l *loaded) path(file string) string { return l.compiled.Path(file) }

// newLoaded is an earlier state. It may be of a time with fewer checks: its registry has
// what is sound today, of which records are made.
func newLoaded(c *catalog.Compiled) (*loaded, error) {
	state, err := compat.NewState(c.Files)
	if err != nil {
		return nil, err
	}
	l := &loaded{files: c.Files, state: state, compiled: c}
	l.registry = sync.OnceValue(func() *event.Registry {
		r, _, err := catalog.Check(c.Files)
		if err != nil {
			return nil // no record is shown
		}
		return r
	})
	return l, nil
}

// loadNow loads the state that is judged, with all that is wrong with it in itself.
func loadNow(ctx context.Context, opts catalog.Options) (*loaded, error) {
	e, err := catalog.Examine(ctx, opts)
	var problems catalog.Problems
	switch {
	case errors.As(err, &problems):
		return nil, unknownf("the contracts do not compile, so that nothing can be compared:\n%v", problems)
	case err != nil:
		return nil, unknownf("%v", err)
	}
	l := &loaded{files: e.Files, state: e.State, compiled: e.Compiled, services: e.Services}
	l.registry = func() *event.Registry {
		if e.Catalog == nil {
			return nil
		}
		return e.Catalog.Registry
	}
	for _, p := range e.Problems {
		f := compat.Finding{Rule: p.Rule, Promise: compat.Itself, Event: p.Event, Subject: p.Event, New: compat.Position{File: p.File, Line: p.Line}, Breaks: p.Problem, Fix: p.Fix}
		if f.Rule == "" {
			f.Rule = compat.Unsound
		}
		l.problems = append(l.problems, f)
	}
	return l, nil
}

// earlier is what a module was before: the one of its directory, else the one that it
// shares most files with, as imports name them.
func earlier(m contractrepo.Module, before []contractrepo.Module) (contractrepo.Module, bool) {
	var best contractrepo.Module
	most := 0
	for _, b := range before {
		shared := 0
		for _, f := range b.Files {
			if _, ok := slices.BinarySearch(m.Files, f); ok {
				shared++
			}
		}
		if b.Dir == m.Dir && len(b.Files) > 0 {
			return b, true
		}
		if shared > most {
			best, most = b, shared
		}
	}
	return best, most > 0
}

// groups are the consumer groups of services.yaml; nil if it cannot be read.
func (l *loaded) groups() []compat.Group { return groupsOf(l.services) }

func groupsOf(services []catalog.Service) []compat.Group {
	var out []compat.Group
	for _, s := range services {
		for _, g := range s.Groups {
			c := compat.Group{Name: g.Name, Deploys: g.Deploys}
			for _, h := range g.Handles {
				c.Handles = append(c.Handles, h.Name)
			}
			out = append(out, c)
		}
	}
	return out
}

// loadOld loads the state of a commit. It may be of a time with fewer checks: it has to
// compile, and no more.
func loadOld(ctx context.Context, tree Tree, base Commit) (*loaded, error) {
	if !hasEvents(tree) {
		return nil, &Nothing{Reason: fmt.Sprintf("the baseline %s has no contracts", base)}
	}
	c, err := catalog.Compile(ctx, catalog.Options{Contracts: tree.Dir, Dir: tree.Dir})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return nil, unknownf("the baseline %s: the contracts do not compile, so that nothing can be compared: name another one that does:\n%v", base, problems)
	}
	if err != nil {
		return nil, unknownf("the baseline %s: %v", base, err)
	}
	return newLoaded(c)
}

// eventOption is how a file says that it has an event: by whichever name, with blanks
// and comments wherever protobuf takes them. Taking prose for one costs a compilation;
// missing one would pass every change.
var eventOption = regexp.MustCompile(`\([^()]*\bevent\b[^()]*\)`)

// hasEvents looks for events without compiling: a baseline without any may lack what
// buf.yaml names, and then there is nothing to compare with. One that has some and does
// not compile is another matter.
func hasEvents(t Tree) bool {
	found := false
	err := filepath.WalkDir(t.Dir, func(name string, _ fs.DirEntry, err error) error {
		// The vocabulary speaks of events and has none.
		if err != nil || found || filepath.Ext(name) != ".proto" || slices.ContainsFunc(contractrepo.Lent, func(l string) bool { return strings.HasSuffix(filepath.ToSlash(name), "/"+l) }) {
			return err
		}
		text, err := os.ReadFile(name)
		found = eventOption.Match(text)
		return err
	})
	return found || err != nil // what cannot be read may have some
}
