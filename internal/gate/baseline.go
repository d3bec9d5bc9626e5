package gate

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

// Baseline is an earlier state that a change is compared with: a commit, or a release
// that may still run or whose records are retained.
type Baseline struct {
	// Name is how texts call it: "release v1.4.0", "0123456789ab (HEAD~1)".
	Name    string `json:"name"`
	Release string `json:"release,omitempty"`
	Commit  string `json:"commit,omitempty"`
	// Superseded is the day of the release after it; zero for the last one and a commit,
	// which services are built from now.
	Superseded time.Time `json:"superseded,omitzero"`

	state *loaded
	tree  Tree // of a commit
	named bool // whether somebody asked for it, so that it counts however old it is
}

// current reports whether the state is what is deployed now, or taken for that.
func (b *Baseline) current() bool { return b.Superseded.IsZero() || b.named }

// counting says for what an old state counts, on a day: while readers that were built from
// it run (F), and while records that its writers wrote are read again (B).
type counting struct {
	now    time.Time
	window time.Duration // how long a superseded state goes on running
	states []*compat.State
}

func (c counting) covers(b *Baseline) func(topic string, p compat.Promise) bool {
	if b.current() {
		return func(string, compat.Promise) bool { return true }
	}
	age := c.now.Sub(b.Superseded.AddDate(0, 0, 1)) // the release of a day may be of its last minute
	return func(topic string, p compat.Promise) bool {
		switch p {
		case compat.Operation: // a cluster has one state, the newest
			return false
		case compat.Forward:
			return age <= c.window
		}
		return c.retained(topic, age-c.window)
	}
}

// asOf counts what a change cannot itself make shorter, as the commit has it: the
// deployment window, and when a release was superseded. One that the change adds
// supersedes the one before it on the day on which it is judged.
func (c *counting) asOf(commit *Baseline, releases []*Baseline) error {
	if text, err := os.ReadFile(commit.tree.Path(SettingsFile)); err == nil {
		// What cannot be read any more is what it would be without the file.
		if was, err := parseWindow(SettingsFile, text); err == nil {
			c.window = max(c.window, was)
		}
	} else {
		c.window = max(c.window, defaultWindow)
	}
	before, err := release.List(commit.tree.Dir)
	if err != nil {
		return unknownf("the baseline %s: %v", commit.Name, err)
	}
	for i, b := range releases[:max(len(releases)-1, 0)] {
		if next := releases[i+1]; !slices.ContainsFunc(before, func(r *release.Release) bool { return r.Name == next.Release }) {
			b.Superseded = c.now.Truncate(24 * time.Hour)
		}
	}
	return nil
}

// retained reports whether a record of a topic that was written so long ago may be there:
// by the longest retention that any of the states gives it.
func (c counting) retained(topic string, ago time.Duration) bool {
	return slices.ContainsFunc(c.states, func(s *compat.State) bool {
		kept, forever := s.Retains(topic)
		return forever || ago <= kept
	})
}

// counts reports whether a release counts for anything at all.
func (c counting) counts(b *Baseline) bool {
	covers := c.covers(b)
	return b.current() || covers("", compat.Forward) || slices.ContainsFunc(b.state.state.Entries(), func(e compat.Entry) bool { return covers(e.Topic, compat.Backward) })
}

// released are the releases of a repository as baselines, the oldest first.
func released(root string) ([]*Baseline, error) {
	all, err := release.List(root)
	if err != nil {
		return nil, unknownf("%v", err)
	}
	var out []*Baseline
	for i, r := range all {
		c, err := r.Compiled()
		if err != nil {
			return nil, unknownf("%v", err)
		}
		b := &Baseline{Name: "release " + r.Name, Release: r.Name}
		if i+1 < len(all) {
			b.Superseded = all[i+1].Date
		}
		if b.state, err = newLoaded(c); err != nil {
			return nil, unknownf("%s: %v", b.Name, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// committed is the commit that a change is compared with as a baseline.
func committed(ctx context.Context, now *loaded, opts Options) (*Baseline, error) {
	at, err := Find(ctx, now.compiled.Root, opts.Against, opts.Named)
	if err != nil {
		return nil, err
	}
	return committedAt(ctx, now, at)
}

func committedAt(ctx context.Context, now *loaded, at Commit) (*Baseline, error) {
	root := now.compiled.Root
	b := &Baseline{Name: at.String(), Commit: at.ID}
	var err error
	// All of the baseline's own modules, which may lie elsewhere today.
	if b.tree, err = Checkout(ctx, root, at.ID, "buf.yaml", "buf.work.yaml", "services.yaml", SettingsFile, release.Dir, "*.proto"); err != nil {
		return nil, moved(ctx, root, now.state, at, err)
	}
	err = b.tree.submodules(ctx, root, at.ID, now.compiled.Repo)
	if err == nil {
		b.state, err = loadOld(ctx, b.tree, at)
	}
	if err != nil {
		b.tree.Remove()
		return nil, moved(ctx, root, now.state, at, err)
	}
	return b, nil
}

// unpushed is HEAD as a baseline, beside one that is the commit before it: what is not
// committed yet may take away what HEAD has. Nil if there is nothing of that.
func unpushed(ctx context.Context, now *loaded, commit *Baseline) (*Baseline, error) {
	g := repo{ctx, now.compiled.Root}
	head, err := g.commit("HEAD")
	if err != nil {
		return nil, unknownf("read HEAD: %v", err)
	}
	if commit.Commit == head || !strings.HasSuffix(commit.Name, "(HEAD~1)") || !g.dirty("*.proto", "buf.yaml", "services.yaml", SettingsFile, release.Dir) {
		return nil, nil //nolint:nilnil // there is none, and it is no error
	}
	b, err := committedAt(ctx, now, Commit{head, "HEAD"})
	return b, unless[*Nothing](err)
}

// moved is err, or if that says that the commit has no contracts, where it has them.
func moved(ctx context.Context, root string, now *compat.State, at Commit, err error) error {
	if nothing := (*Nothing)(nil); !errors.As(err, &nothing) {
		return err
	}
	var files []string
	for _, e := range now.Entries() {
		files = append(files, e.Message.ParentFile().Path())
	}
	dir, failed := elsewhere(ctx, root, at.ID, files)
	if failed != nil {
		return failed
	}
	if dir == "" {
		return err
	}
	return unknownf("the baseline %s has the contracts in %s, and there are none of them here: move them in a change that does nothing else, which is merged against the gate", at, dir)
}

// releaseOf is the release that somebody names where a commit could be named too; nil if
// there is none.
func releaseOf(releases []*Baseline, name string) *Baseline {
	for _, b := range releases {
		if b.Release == name {
			return b
		}
	}
	return nil
}

// baselines are all earlier states that count, the oldest first, and why there is none.
// Whoever gets them calls done.
func baselines(ctx context.Context, now *loaded, opts Options, window time.Duration) (all []*Baseline, c counting, skipped string, err error) {
	c = counting{now: opts.Now, window: window, states: []*compat.State{now.state}}
	releases, err := released(now.compiled.Root)
	if err != nil {
		return nil, c, "", err
	}
	for _, b := range releases {
		c.states = append(c.states, b.state.state)
	}
	commit, err := committed(ctx, now, opts)
	if err != nil && opts.Against != "" {
		if named := releaseOf(releases, opts.Against); named != nil {
			named.named, err = true, nil
		}
	}
	var nothing *Nothing
	switch {
	case errors.As(err, &nothing) && nothing.Blind && len(releases) == 0:
		return nil, c, "", &Unknown{nothing.Reason + ", and there is no release to compare with: put the contracts under git (git init, git add, git commit), or freeze what is deployed with eventctl release", true}
	case errors.As(err, &nothing):
		skipped = nothing.Reason
	case err != nil:
		return nil, c, "", err
	case commit != nil:
		c.states = append(c.states, commit.state.state)
	}
	if commit != nil {
		if err := c.asOf(commit, releases); err != nil {
			commit.tree.Remove()
			return nil, c, "", err
		}
	}
	for _, b := range releases {
		if c.counts(b) {
			all = append(all, b)
		}
	}
	if commit == nil {
		return all, c, skipped, nil
	}
	head, err := unpushed(ctx, now, commit)
	if err != nil {
		commit.tree.Remove()
		return nil, c, "", err
	}
	all = append(all, commit)
	if head != nil {
		c.states = append(c.states, head.state.state)
		all = append(all, head)
	}
	return all, c, skipped, nil
}
