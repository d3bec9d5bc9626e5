package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/release"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Replayed is what became of records that one state wrote and another one read.
type Replayed struct {
	Old, New int      // records of releases that today's reader read, and of today that theirs read
	Broken   []string // what was refused, or read as something else, and by whom
	Left     []string // what was not asked, and why
}

// Replay has today's readers read the records that were frozen when a version was
// released, as long as they may be retained, and the readers of each release that may
// still run read today's records, in the format that their topic has. Events with a waiver
// are left out: somebody answers for what breaks of them. It needs no git.
func Replay(ctx context.Context, opts Options) (*Replayed, error) {
	now, err := loadNow(ctx, catalog.Options{Contracts: opts.Contracts, Dir: opts.Dir, Services: opts.Services})
	if err != nil {
		return nil, err
	}
	if now.compiled.Repo == nil {
		return nil, unknownf("%s is an image, which has no releases", opts.Contracts)
	}
	if now.registry() == nil {
		return nil, unknownf("the contracts are not sound: run eventctl check")
	}
	p := player{now: now, out: &Replayed{}}
	window, err := deploymentWindow(now.compiled.Repo)
	if err != nil {
		return nil, err
	}
	if p.waivers, err = waivers(now.compiled.Repo); err != nil {
		return nil, err
	}
	if p.releases, err = released(now.compiled.Root); err != nil {
		return nil, err
	}
	p.counting = counting{now: opts.Now, window: window, states: []*compat.State{now.state}}
	for _, b := range p.releases {
		p.counting.states = append(p.counting.states, b.state.state)
	}
	frozen, err := release.Records(now.compiled.Root)
	if err != nil {
		return nil, unknownf("%v", err)
	}
	for _, rec := range frozen {
		p.old(rec)
	}
	for _, k := range now.registry().Contracts() {
		if err := p.new(ctx, k); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// player plays the records of one repository.
type player struct {
	now      *loaded
	releases []*Baseline // the oldest first
	counting counting
	waivers  []Waiver
	out      *Replayed
}

func (p *player) broken(format string, args ...any) {
	p.out.Broken = append(p.out.Broken, fmt.Sprintf(format, args...))
}

func (p *player) left(format string, args ...any) {
	p.out.Left = append(p.out.Left, fmt.Sprintf(format, args...))
}

func (p *player) waived(name protoreflect.FullName) bool {
	return slices.ContainsFunc(p.waivers, func(w Waiver) bool {
		return strings.HasPrefix(w.Subject+".", string(name)+".") && w.inForce(p.counting.now) && w.Change == cmp.Or(p.now.state.Declaration(w.Rule, w.Subject), gone)
	})
}

// of is the last release that has an event in a version; nil if none has.
func (p *player) of(name protoreflect.FullName, version string) *Baseline {
	for _, b := range slices.Backward(p.releases) {
		if slices.ContainsFunc(b.state.state.Entries(), func(e compat.Entry) bool {
			return e.Message.FullName() == name && e.Version() == version
		}) {
			return b
		}
	}
	return nil
}

// old has today's reader read a record of a release.
func (p *player) old(rec release.Record) {
	b := p.of(rec.Message, rec.Version)
	switch {
	case b == nil:
		p.broken("%s: no release has %s in version %s: restore the release from git", rec.Path, rec.Message, rec.Version)
		return
	case !p.counting.covers(b)(rec.Topic, compat.Backward):
		p.left("%s: records of its time are not retained any more", rec.Path)
		return
	case p.waived(rec.Message):
		p.left("%s: the event has a waiver", rec.Path)
		return
	case b.state.registry() == nil:
		p.left("%s: the contracts of %s are not sound by today's checks", rec.Path, b.Name)
		return
	case contractOf(p.now.registry(), rec.Message) == nil:
		p.left("%s: the event is removed", rec.Path) // which the gate judges
		return
	}
	p.out.Old++
	_, was, err := b.state.registry().Decode(rec.Record)
	if err != nil {
		p.broken("%s: the reader of %s does not read it: %v: restore the file from git", rec.Path, b.Name, err)
		return
	}
	if became := readAs(p.now.registry(), rec.Record, was.ProtoReflect(), false); became != "" {
		p.broken("%s: today's reader: %s", rec.Path, became)
	}
}

// new has the readers of releases read what today's writers write of a contract.
func (p *player) new(ctx context.Context, k *event.Contract) error {
	r, name := p.now.registry(), k.Descriptor.FullName()
	if p.waived(name) {
		p.left("%s of today: the event has a waiver", name)
		return nil
	}
	var readers []*Baseline
	for _, b := range p.releases {
		switch {
		case !p.counting.covers(b)(k.Topic.Name, compat.Forward):
		case b.state.registry() == nil:
			p.left("%s of today: the contracts of %s are not sound by today's checks", name, b.Name)
		case contractOf(b.state.registry(), name) != nil:
			readers = append(readers, b)
		}
	}
	if len(readers) == 0 {
		return nil
	}
	set, err := fixture.Of(r, k)
	if err != nil {
		return err
	}
	for _, f := range set.Files {
		if f.Rule != "" {
			continue
		}
		msg, broken, err := fixture.Read(r, k, f.Content)
		if err != nil || len(broken) > 0 {
			continue // WalkContracts and eventctl fixtures say so
		}
		rec, err := r.Encode(ctx, msg, event.WithSource("/gate"), event.WithID(recordID))
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Path, err)
		}
		_, own, err := r.Decode(rec)
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Path, err)
		}
		for _, b := range readers {
			p.out.New++
			if became := readAs(b.state.registry(), rec, own.ProtoReflect(), true); became != "" {
				p.broken("%s: the reader of %s: %s", f.Path, b.Name, became)
			}
		}
	}
	return nil
}

// readAs is what a reader makes of a record that its writer's side reads as own: "" if it
// understands the same.
func readAs(reader *event.Registry, rec event.Record, own protoreflect.Message, forward bool) string {
	_, other, err := reader.Decode(rec)
	if err != nil {
		return err.Error()
	}
	return compat.Misread(own, other.ProtoReflect(), forward)
}

func contractOf(r *event.Registry, name protoreflect.FullName) *event.Contract {
	for _, k := range r.Contracts() {
		if k.Descriptor.FullName() == name {
			return k
		}
	}
	return nil
}
