package gate

import (
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

// ReleaseChanged is the rule of releases themselves: without one, a change would be
// compared with less than what runs.
const ReleaseChanged = "RELEASE_CHANGED"

// releasesGone finds releases that the commit has and that are gone or other now, unless
// they do not count any more.
func (j *judgement) releasesGone() ([]Finding, error) {
	i := slices.IndexFunc(j.all, func(b *Baseline) bool { return b.tree.Dir != "" })
	if i < 0 {
		return nil, nil
	}
	before, err := release.List(j.all[i].tree.Dir)
	if err != nil {
		return nil, unknownf("the baseline %s: %v", j.all[i].Name, err)
	}
	now, err := release.List(j.now.compiled.Root)
	if err != nil {
		return nil, unknownf("%v", err)
	}
	was, err := released(j.all[i].tree.Dir)
	if err != nil {
		return nil, err
	}
	at := j.all[i].Name
	changed := func(subject, file, breaks string) Finding {
		return Finding{Finding: compat.Finding{
			Rule: ReleaseChanged, Promise: compat.Governance, Subject: subject, New: compat.Position{File: j.now.compiled.Beside(file)},
			Breaks: breaks, Fix: "restore it from git; a release may be deleted when nothing of it runs and is retained any more",
		}, Baselines: []string{at}}
	}
	var out []Finding
	for n, r := range before {
		if slices.ContainsFunc(now, r.Same) || !j.counting.counts(was[n]) {
			continue
		}
		out = append(out, changed("release "+r.Name, release.Dir+"/"+r.Name,
			fmt.Sprintf("release %s is gone, or is not what it was: services that were built from it may run, and records that they wrote are retained", r.Name)))
	}
	for n, r := range now {
		added := !slices.ContainsFunc(before, func(o *release.Release) bool { return o.Name == r.Name })
		if added && slices.ContainsFunc(now[n+1:], func(o *release.Release) bool { return slices.ContainsFunc(before, o.Same) }) {
			out = append(out, changed("release "+r.Name, release.Dir+"/"+r.Name,
				fmt.Sprintf("release %s is new, and its day %s puts it before one that was there", r.Name, r.Date.Format(time.DateOnly))))
			out[len(out)-1].Fix = "freeze it again with eventctl release: a release follows those that are there"
		}
	}
	records, err := j.recordsGone(was)
	for _, dir := range records {
		out = append(out, changed("records "+dir, dir, "records that were frozen when a version was released are gone, or are not what they were: today's readers would be asked about others"))
	}
	return out, err
}

// recordsGone are the directories of frozen records that the commit has and that are gone
// or other now. Those of versions that do not count any more may go.
func (j *judgement) recordsGone(releases []*Baseline) ([]string, error) {
	before, err := release.Records(j.commit().tree.Dir)
	if err != nil {
		return nil, unknownf("the baseline %s: %v", j.commit().Name, err)
	}
	now, err := release.Records(j.now.compiled.Root)
	if err != nil {
		return nil, unknownf("%v", err)
	}
	lying := map[string]*release.Record{}
	for i := range now {
		lying[now[i].Path] = &now[i]
	}
	var out []string
	for i := range before {
		r := &before[i]
		is, ok := lying[r.Path]
		if ok && r.Same(is) || !ok && !slices.ContainsFunc(releases, func(b *Baseline) bool { return j.counting.counts(b) && has(b, r) }) {
			continue
		}
		if dir := path.Dir(r.Path); !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out, nil
}

// has reports whether a release has an event in the version of a record.
func has(b *Baseline, r *release.Record) bool {
	return slices.ContainsFunc(b.state.state.Entries(), func(e compat.Entry) bool {
		return e.Message.FullName() == r.Message && e.Version() == r.Version
	})
}
