package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// release replaces member a by two members of release 2.
func (d *demo) release(ctx context.Context) error {
	d.out.title("Release 2 of the notifier")
	if err := d.stop("a"); err != nil {
		return err
	}
	if err := d.startNotifier(ctx, 2, "a2", "b2"); err != nil {
		return err
	}
	d.out.say("member a has finished its work and left; members a2, and b2 in process %d, replace a and b", d.child.pid())
	return nil
}

func (d *demo) stop(name string) error {
	m := d.members[name]
	delete(d.members, name)
	if err := m.stop(); err != nil {
		return fmt.Errorf("stop member %s: %w", name, err)
	}
	return nil
}

// stopMembers stops all members: the journals are complete then.
func (d *demo) stopMembers(context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(d.members)) {
		if err := d.stop(name); err != nil {
			return err
		}
	}
	ch := d.child
	d.child = nil
	return ch.stop()
}

// settle makes the account and prints it.
func (d *demo) settle() (bool, error) {
	d.out.title("The account, from the handlers' journals on disk and the topics themselves")
	if d.sabotage {
		if err := d.dropLine(); err != nil {
			return false, err
		}
	}
	var e evidence
	var err error
	if e.Log, err = d.observe.read(d.starts); err != nil {
		return false, err
	}
	e.Acked = d.pub.acked
	for _, name := range slices.Sorted(maps.Keys(d.groups)) {
		g := groupEvidence{Group: d.groups[name], Topics: roles[name].topics, Handles: roles[name].handles}
		if g.Journals, err = readJournals(d.dir, g.Group); err != nil {
			return false, err
		}
		if g.Letters, err = d.readDerived(name, event.DeadLetterTopic); err != nil {
			return false, err
		}
		if g.Redrives, err = d.readDerived(name, event.RedriveTopic); err != nil {
			return false, err
		}
		if g.Committed, err = d.observe.committed(g.Group, d.starts); err != nil {
			return false, err
		}
		e.Groups = append(e.Groups, g)
	}
	a := settle(e)
	d.showAccount(a)
	if d.broker == nil {
		d.out.say("This run's topics stay on the cluster: *.%s.* and *.%s.*", d.groups["analytics"], d.groups["notifier"])
	}
	return a.holds(), nil
}

// dropLine removes one success from a journal on disk: the only trace of a
// record that was handled.
func (d *demo) dropLine() error {
	file := journalFile(d.dir, d.groups["analytics"], "c")
	if err := d.live.poll(); err != nil {
		return err
	}
	times := map[place]int{}
	for _, l := range d.live.lines[file] {
		if l.What == lineOK {
			times[l.place]++
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	from := rand.New(rand.NewPCG(d.seed, 0)).IntN(len(d.live.lines[file]))
	for i := range d.live.lines[file] {
		n := (from + i) % len(d.live.lines[file])
		if l := d.live.lines[file][n]; l.What == lineOK && times[l.place] == 1 {
			d.out.say("sabotage: line %d of %s is dropped, which says that %s %s was handled", n+1, filepath.Base(file), l.Type, l.place)
			return os.WriteFile(file, bytes.Join(slices.Delete(lines, n, n+1), nil), 0o644)
		}
	}
	return fmt.Errorf("sabotage: %s has no line to drop", file)
}
