package gate

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// Options say what is judged.
type Options struct {
	Contracts string // as catalog.Options has it
	Dir       string
	Services  string
	Against   string // the commit to compare with, or else the release; "" finds a commit
	Named     string // how Against was given, for errors
	Now       time.Time
}

// Report is what the gate found.
type Report struct {
	// Baselines are the states that were compared with, the oldest first.
	Baselines []*Baseline `json:"baselines"`
	Findings  []Finding   `json:"findings"`
	Waived    []Waived    `json:"waived"`
	Impact    Impact      `json:"impact"`
	// Skipped is why no commit was compared with; "" if one was.
	Skipped string `json:"skipped,omitempty"`
	// Prefix is where paths are relative to, from the root of the git repository: "" for
	// the root itself.
	Prefix string `json:"-"`
}

// Finding is a finding with what the gate knows beside it.
type Finding struct {
	compat.Finding
	// Record is a payload in JSON that breaks, and Refused what the reader's side says
	// of it; "" if no record was made.
	Record  string `json:"record,omitempty"`
	Refused string `json:"refused,omitempty"`
	// Change names what the contracts say now of the finding's subject: a waiver accepts the
	// finding of this, and not of what a later change makes of it.
	Change string `json:"change,omitempty"`
	// Groups are the consumer groups that are hit.
	Groups []string `json:"groups,omitempty"`
	// Baselines are the names of those of which it is true, the oldest first.
	Baselines []string `json:"baselines,omitempty"`

	from   *Baseline         // the newest of them
	places []compat.Position // of a finding of buf's: see told
}

// Run judges the contracts as they are on disk, against each earlier state that counts.
func Run(ctx context.Context, opts Options) (*Report, error) {
	now, err := loadNow(ctx, catalog.Options{Contracts: opts.Contracts, Dir: opts.Dir, Services: opts.Services})
	if err != nil {
		return nil, err
	}
	contracts := now.compiled.Repo
	if contracts == nil {
		return nil, unknownf("%s is an image: the gate compares a directory of contracts with earlier states of it", opts.Contracts)
	}
	window, err := deploymentWindow(contracts)
	if err != nil {
		return nil, err
	}
	accepted, err := waivers(contracts)
	if err != nil {
		return nil, err
	}
	j := &judgement{opts: opts, now: now, report: &Report{Findings: []Finding{}, Waived: []Waived{}}}
	if j.all, j.counting, j.report.Skipped, err = baselines(ctx, now, opts, window); err != nil {
		return nil, err
	}
	defer j.remove()
	j.windowShortened(window)
	if err := j.judge(ctx); err != nil {
		return nil, err
	}
	if err := j.waive(ctx, accepted); err != nil {
		return nil, err
	}
	j.report.Baselines = append([]*Baseline{}, j.all...)
	if prefix, err := (repo{ctx, opts.Dir}).git("rev-parse", "--show-prefix"); err == nil {
		j.report.Prefix = prefix
	}
	j.report.Impact = j.impact()
	return j.report, nil
}

// judgement is one run.
type judgement struct {
	opts     Options
	now      *loaded
	all      []*Baseline
	counting counting
	report   *Report
}

// commit is the baseline that is a commit; nil if there is none.
func (j *judgement) commit() *Baseline {
	if i := slices.IndexFunc(j.all, func(b *Baseline) bool { return b.tree.Dir != "" }); i >= 0 {
		return j.all[i]
	}
	return nil
}

// formerly are the groups of the commit's services.yaml.
func (j *judgement) formerly() []compat.Group {
	if c := j.commit(); c != nil {
		if text, err := os.ReadFile(c.tree.Path("services.yaml")); err == nil {
			return Groups(catalog.ParseServices(text))
		}
	}
	return nil
}

func (j *judgement) remove() {
	for _, b := range j.all {
		if b.tree.Dir != "" {
			b.tree.Remove()
		}
	}
}

// judge compares with each baseline, as many at once as there are processors, and unites
// what is found.
func (j *judgement) judge(ctx context.Context) error {
	found := make([][]Finding, len(j.all))
	errs := make([]error, len(j.all))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var running sync.WaitGroup
	for i := range j.all {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i], errs[i] = j.compare(ctx, i)
		})
	}
	running.Wait()
	for _, err := range errs { // what keeps one baseline from being known keeps all
		if err != nil {
			return err
		}
	}
	for _, p := range j.now.problems {
		j.report.Findings = append(j.report.Findings, Finding{Finding: p})
	}
	removed, err := j.releasesGone()
	if err != nil {
		return err
	}
	j.report.Findings = append(j.report.Findings, removed...)
	soon, err := j.tooSoon(ctx)
	if err != nil {
		return err
	}
	found = append(found, soon)
	united := unite(found)
	j.witness(united)
	j.report.Findings = append(j.report.Findings, united...)
	for i := range j.report.Findings {
		if f := &j.report.Findings[i]; f.Promise != compat.Itself {
			f.Change = cmp.Or(j.now.state.Declaration(f.Rule, f.Subject), gone)
		}
	}
	return nil
}

// witness makes the records that show what breaks, for the newest baseline of each
// finding: they are the costliest part of a run.
func (j *judgement) witness(found []Finding) {
	witnesses := map[*Baseline]func() *Witness{}
	for i := range found {
		f := &found[i]
		if f.from == nil || f.Evidence == nil {
			continue
		}
		w, ok := witnesses[f.from]
		if !ok {
			w = newWitness(f.from.state, j.now)
			witnesses[f.from] = w
		}
		f.Record, f.Refused = w().record(f.Finding)
	}
}

// compare is what breaks for one baseline.
func (j *judgement) compare(ctx context.Context, i int) ([]Finding, error) {
	b := j.all[i]
	covers := j.counting.covers(b)
	var out []Finding
	opts := compat.Options{Now: j.opts.Now, Groups: j.now.groups(), Formerly: j.formerly(), Covers: covers}
	for _, later := range j.all[i+1:] {
		opts.Later = append(opts.Later, later.state.state)
	}
	for _, f := range compat.Compare(b.state.state, j.now.state, opts) {
		f := Finding{Finding: f, Baselines: []string{b.Name}, Groups: j.hit(f), from: b}
		if f.New.File != "" {
			f.New.File = j.now.path(f.New.File)
		}
		if f.Old.File != "" {
			f.Old.File = b.state.path(f.Old.File)
		}
		out = append(out, f)
	}
	if !b.current() {
		return out, nil // services are built from what is current, and compile against its names
	}
	byBuf, err := j.bufFindings(ctx, b, covers)
	if err != nil {
		return nil, err
	}
	ours := out
	for _, f := range byBuf {
		if !told(f, ours) {
			out = append(out, f)
		}
	}
	return out, nil
}

// unite makes one finding of those that say the same of several baselines. Where their
// places differ, those of the newest count.
func unite(found [][]Finding) []Finding {
	type key struct {
		rule, subject, breaks string
		promise               compat.Promise
	}
	at := map[key]int{}
	var out []Finding
	for _, of := range slices.Backward(found) { // the newest first
		for _, f := range of {
			k := key{f.Rule, f.Subject, f.Breaks, f.Promise}
			i, ok := at[k]
			if !ok {
				at[k] = len(out)
				out = append(out, f)
				continue
			}
			for _, name := range f.Baselines {
				if !slices.Contains(out[i].Baselines, name) {
					out[i].Baselines = append([]string{name}, out[i].Baselines...)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(place(a).File, place(b).File), cmp.Compare(place(a).Line, place(b).Line), strings.Compare(a.Event, b.Event),
			strings.Compare(a.Subject, b.Subject), strings.Compare(a.Rule, b.Rule), strings.Compare(string(a.Promise), string(b.Promise)))
	})
	return out
}

// place is where a person looks at a finding.
func place(f Finding) compat.Position {
	if f.New.File == "" {
		return f.Old
	}
	return f.New
}
