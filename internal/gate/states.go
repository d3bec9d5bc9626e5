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
	"time"

	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// Options say what is judged.
type Options struct {
	Contracts string // as catalog.Options has it
	Dir       string
	Services  string
	Against   string // the baseline; "" finds one
	Named     string // how Against was given, for errors
	Now       time.Time
}

// Report is what the gate found.
type Report struct {
	Baseline Baseline
	Findings []Finding
	Skipped  string // why there was nothing to compare with; "" if there was
}

// Finding is a finding with what the gate knows beside it.
type Finding struct {
	compat.Finding
	// Record is a payload in JSON that breaks, and Refused what the reader's side says
	// of it; "" if no record was made.
	Record  string `json:"record,omitempty"`
	Refused string `json:"refused,omitempty"`
	// Groups are the consumer groups that handle the event.
	Groups []string `json:"groups,omitempty"`
}

// Run judges the contracts as they are on disk.
func Run(ctx context.Context, opts Options) (*Report, error) {
	now, err := loadState(ctx, catalog.Options{Contracts: opts.Contracts, Dir: opts.Dir, Services: opts.Services})
	if err != nil {
		return nil, err
	}
	report := &Report{}
	for _, f := range now.problems {
		report.Findings = append(report.Findings, Finding{Finding: f})
	}
	var nothing *Nothing
	if err = compare(ctx, opts, now, report); errors.As(err, &nothing) {
		report.Skipped, err = nothing.Reason, nil
	}
	return report, err
}

// loaded is one state of contracts.
type loaded struct {
	files    *protoregistry.Files
	state    *compat.State
	registry *catalog.Catalog // nil if the contracts are not sound
	compiled *catalog.Compiled
	problems []compat.Finding
}

func (l *loaded) path(file string) string { return l.compiled.Path(file) }

func loadState(ctx context.Context, opts catalog.Options) (*loaded, error) {
	compiled, err := catalog.Compile(ctx, opts)
	var problems catalog.Problems
	switch {
	case errors.As(err, &problems):
		return nil, unknownf("the contracts do not compile, so that nothing can be compared:\n%v", problems)
	case err != nil:
		return nil, unknownf("%v", err)
	}
	state, err := compat.NewState(compiled.Files)
	if err != nil {
		return nil, err
	}
	l := &loaded{files: compiled.Files, state: state, compiled: compiled}
	if l.registry, err = catalog.Load(ctx, opts); errors.As(err, &problems) {
		for _, p := range problems {
			f := compat.Finding{Rule: p.Rule, Promise: compat.Itself, Event: p.Event, Subject: p.Event, New: compat.Position{File: p.File, Line: p.Line}, Breaks: p.Problem, Fix: p.Fix}
			if f.Rule == "" {
				f.Rule = compat.Unsound
			}
			l.problems = append(l.problems, f)
		}
	} else if err != nil {
		return nil, unknownf("%v", err)
	}
	return l, nil
}

func compare(ctx context.Context, opts Options, now *loaded, report *Report) error {
	root := now.compiled.Root
	if now.compiled.Repo == nil {
		return unknownf("%s is an image: the gate compares a directory of contracts with an earlier commit of it", opts.Contracts)
	}
	base, err := Find(ctx, root, opts.Against, opts.Named)
	if err != nil {
		return err
	}
	report.Baseline = base
	// All of the baseline's own modules, which may lie elsewhere today.
	tree, err := Checkout(ctx, root, base.Commit, "buf.yaml", catalog.ServicesFile, "*.proto")
	if err != nil {
		return err
	}
	defer tree.Remove()
	before, err := loadOld(ctx, tree, base)
	if err != nil {
		return err
	}
	for _, m := range now.compiled.Repo.Modules {
		was, ok := earlier(m, before.compiled.Repo.Modules)
		if len(m.Files) == 0 || !ok {
			continue // what is gone or new, compat tells
		}
		found, err := bufBreaking(ctx, root, m.Dir, tree.Path(was.Dir))
		if err != nil {
			return err
		}
		for _, f := range found {
			report.Findings = append(report.Findings, Finding{Finding: f})
		}
	}
	var groups []compat.Group
	if now.registry != nil {
		groups = now.groups()
	}
	w := newWitness(before, now)
	for _, f := range compat.Compare(before.state, now.state, compat.Options{Now: opts.Now, Groups: groups}) {
		out := Finding{Finding: f}
		out.Record, out.Refused = w.record(f)
		for _, g := range groups {
			if f.Event != "" && g.Reads(f) {
				out.Groups = append(out.Groups, g.Name)
			}
		}
		if f.New.File != "" {
			out.New.File = now.path(f.New.File)
		}
		if f.Old.File != "" {
			out.Old.File = before.path(f.Old.File)
		}
		report.Findings = append(report.Findings, out)
	}
	return nil
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

func (l *loaded) groups() []compat.Group {
	var out []compat.Group
	for _, s := range l.registry.Services {
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
func loadOld(ctx context.Context, tree Tree, base Baseline) (*loaded, error) {
	if !hasEvents(tree) {
		return nil, &Nothing{fmt.Sprintf("the baseline %.12s has no contracts", base.Commit)}
	}
	l, err := loadState(ctx, catalog.Options{Contracts: tree.Dir, Dir: tree.Dir})
	if err != nil {
		return nil, unknownf("the baseline %s: %v", base, err)
	}
	return l, nil
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
		if err != nil || found || filepath.Ext(name) != ".proto" {
			return err
		}
		text, err := os.ReadFile(name)
		found = eventOption.Match(text)
		return err
	})
	return found || err != nil // what cannot be read may have some
}
