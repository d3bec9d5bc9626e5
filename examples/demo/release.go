package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
