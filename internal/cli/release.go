package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changelog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/release"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// releaseFlags say what a run of release does.
type releaseFlags struct {
	date        string
	check, bump bool
}

func (a *app) releaseCmd() *cobra.Command {
	var f releaseFlags
	cmd := &cobra.Command{
		Use:   "release [NAME]",
		Short: "Freeze the contracts as they are deployed from now on",
		Long: `Release keeps the state of the contracts that services are built from: below
releases/NAME a lock, an image and the day, and below releases/records the
records of each version that is new. The gate then compares every change with
the releases that may still run, or whose records are retained. NAME is the day
if it is not given. Commit what it writes.

With --check it says what changed since the last release, and exits with 1 if
an event changed and its revision did not rise. --bump raises these revisions in
the .proto files and keeps every other byte.`,
		Example: `  eventctl release
  eventctl release v1.4.0
  eventctl release --check
  eventctl release --bump`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("unexpected argument %q", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.check && f.bump {
				return usagef("--check and --bump: give one")
			}
			if (f.check || f.bump) && (len(args) > 0 || f.date != "") {
				return usagef("--check and --bump release nothing: leave out the name and --date")
			}
			date := time.Now().UTC().Truncate(24 * time.Hour)
			if f.date != "" {
				var err error
				if date, err = time.Parse(time.DateOnly, f.date); err != nil {
					return usagef("--date %q: give a day such as 2026-11-28", f.date)
				}
			}
			name := date.Format(time.DateOnly)
			if len(args) > 0 {
				name = args[0]
			}
			if err := release.CheckName(name); err != nil {
				return usageError{err}
			}
			return a.release(cmd.Context(), f, name, date)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "write nothing; say what changed, and exit with 1 if a revision must rise")
	flags.BoolVar(&f.bump, "bump", false, "raise the revisions that must rise")
	flags.StringVar(&f.date, "date", "", "`DAY` from which services are built from it, as 2026-11-28 (default: today in UTC)")
	return cmd
}

// released is what release prints for programs.
type released struct {
	Last    string             `json:"last,omitempty"`
	Events  []release.Event    `json:"events"`
	Changes []changeset.Change `json:"changes"`
	Written bool               `json:"written"`
}

func (a *app) release(ctx context.Context, f releaseFlags, name string, date time.Time) (err error) {
	if !f.check {
		if err := a.undoKilled(); err != nil {
			return err
		}
	}
	e, err := a.examine(ctx)
	if err != nil {
		return err
	}
	all, err := release.List(e.Root)
	if err != nil {
		return err
	}
	var last *release.Release
	out := released{Events: []release.Event{}, Changes: []changeset.Change{}}
	if len(all) > 0 {
		last = all[len(all)-1]
		out.Last = last.Name
	}
	events, err := release.Since(e, last)
	if err != nil {
		return err
	}
	out.Events = append(out.Events, events...)
	var due []string
	for _, ev := range events {
		if ev.Due != nil {
			due = append(due, ev.Type)
		}
	}
	if f.check {
		return a.releaseDone(out, due)
	}
	var files map[string][]byte
	if f.bump {
		if files, err = release.Bump(e, events); err != nil {
			return err
		}
		if files, err = withLock(ctx, e, files); err != nil {
			return err
		}
	} else {
		if err := mayRelease(all, due, name, date); err != nil {
			return err
		}
		if files, err = release.Freeze(e, name, date, last); err != nil {
			return err
		}
		files[contractlock.File] = e.Lock.Bytes() // as a repository may never have had one
		if files[changesFile], err = history(all, e, name, date); err != nil {
			return err
		}
	}
	plan, err := changeset.Open(e.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		stage(plan, path, files[path])
	}
	out.Changes, out.Written = append(out.Changes, plan.Changes()...), true
	if err := plan.Apply(ctx); err != nil {
		return err
	}
	return a.releaseDone(out, nil)
}

// changesFile is what changed of each event, release by release.
const changesFile = release.Dir + "/CHANGES.md"

func history(all []*release.Release, e *catalog.Examined, name string, date time.Time) ([]byte, error) {
	var versions []changelog.Version
	for _, r := range all {
		c, err := r.Compiled()
		if err != nil {
			return nil, err
		}
		state, err := compat.NewState(c.Files)
		if err != nil {
			return nil, err
		}
		versions = append(versions, changelog.Version{Name: r.Name, Date: r.Date, State: state})
	}
	page, err := changelog.History(append(versions, changelog.Version{Name: name, Date: date, State: e.State}))
	return []byte(page), err
}

// mayRelease is why there can be no release now.
func mayRelease(all []*release.Release, due []string, name string, date time.Time) error {
	if len(due) > 0 {
		return fmt.Errorf("without a higher revision than in the last release these events changed: %s: run eventctl release --bump, then eventctl generate", strings.Join(due, ", "))
	}
	for _, r := range all {
		if r.Name == name {
			return fmt.Errorf("%s/%s is there already, and a release does not change: give another name", release.Dir, name)
		}
		if r.Date.After(date) {
			return fmt.Errorf("release %s is of %s, which is after %s: a release follows those that are there", r.Name, r.Date.Format(time.DateOnly), date.Format(time.DateOnly))
		}
	}
	return nil
}

// withLock adds the lock that follows from changed files.
func withLock(ctx context.Context, e *catalog.Examined, files map[string][]byte) (map[string][]byte, error) {
	if len(files) == 0 {
		return files, nil
	}
	c, err := e.Catalog.With(ctx, files)
	if err != nil {
		return nil, err
	}
	lock, err := lockOf(c)
	if err != nil {
		return nil, err
	}
	files[contractlock.File] = lock.Bytes()
	return files, nil
}

// examine is the contracts of a repository, which have to be sound. Of the lock it does
// not ask: it is written with whatever comes of them.
func (a *app) examine(ctx context.Context) (*catalog.Examined, error) {
	e, err := catalog.Examine(ctx, catalog.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services})
	var problems catalog.Problems
	if e != nil {
		problems = slices.DeleteFunc(slices.Clone(e.Problems), func(p catalog.Problem) bool { return p.Rule == catalog.LockStale })
	} else if !errors.As(err, &problems) {
		return nil, err
	}
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("the contracts have %s:\n%w", terminal.Count(len(problems), "problem"), problems)
	case e.Repo == nil:
		return nil, usagef("--contracts %s: an image is nowhere to write to: give the directory of the .proto files", a.contracts)
	}
	return e, nil
}

// releaseDone prints what changed and what was written.
func (a *app) releaseDone(r released, due []string) error {
	if a.json {
		if err := terminal.JSON(a.stdout, r); err != nil {
			return err
		}
	} else {
		a.printReleased(r)
	}
	if len(due) > 0 {
		fmt.Fprintf(a.stderr, "eventctl: %s must rise: run eventctl release --bump, then eventctl generate\n", terminal.Count(len(due), "revision"))
		return errSilent
	}
	return nil
}

func (a *app) printReleased(r released) {
	for _, ev := range r.Events {
		line := fmt.Sprintf("%-7s %s %s", ev.Status, ev.Type, ev.Is)
		switch {
		case ev.Status == release.Removed:
			line = fmt.Sprintf("%-7s %s %s", ev.Status, ev.Type, ev.Was)
		case ev.Due != nil && !r.Written:
			line = fmt.Sprintf("%s: its revision must be %d at least", line, *ev.Due)
		case ev.Due != nil:
			line = fmt.Sprintf("%s: its revision is %d now", line, *ev.Due)
		case ev.Status == release.Changed:
			line += " (it was " + ev.Was + ")"
		}
		fmt.Fprintln(a.stdout, terminal.Printable(line))
	}
	switch {
	case r.Written && len(r.Changes) > 0:
		fmt.Fprintf(a.stdout, "%s written\n", terminal.CountAre(len(r.Changes), "file"))
	case r.Last == "":
		fmt.Fprintln(a.stdout, "there was no release yet")
	case len(r.Events) == 0:
		fmt.Fprintf(a.stdout, "no contract changed since release %s\n", terminal.Printable(r.Last))
	case !slices.ContainsFunc(r.Events, func(ev release.Event) bool { return ev.Due != nil }):
		fmt.Fprintln(a.stdout, "no revision must rise")
	}
}
