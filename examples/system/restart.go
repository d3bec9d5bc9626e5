package main

import (
	"context"
	"errors"
	"slices"
)

// restart stops notifier and audit while more and more events come, starts them
// again, and is an error if they handled events twice or not at all.
func (s *system) restart(ctx context.Context) error {
	s.say("\n%d times POST /todos, from %d clients", requests, clients)
	l := s.load(ctx)
	defer l.end()
	s.say("  X-Correlation-ID: %s", l.correlation)
	created, err := l.confirmed(requests / 4)
	if err != nil {
		return err
	}
	s.say("  %d times 201 Created so far", len(created))
	if err := s.stop(ctx, "audit", "notifier"); err != nil { // the faster one first
		return err
	}
	if s.down != nil {
		if err := s.down(ctx); err != nil {
			return err
		}
	}
	halfway, err := s.traces(ctx, l.correlation, false)
	if err != nil {
		return err
	}
	var wrong []error
	for _, h := range halfway.handlings() {
		wrong = append(wrong, s.halfway(ctx, h))
	}
	s.say("\nAgain")
	if err := s.start(ctx, "audit", "notifier"); err != nil {
		return err
	}
	more, err := l.confirmed(requests - len(created))
	if err != nil {
		return err
	}
	created = slices.Concat(created, more)
	s.say("  %d times 201 Created", len(created))
	end, err := s.traces(ctx, l.correlation, true)
	if err != nil {
		return err
	}
	wrong = append(wrong, compare(created, each(end.todos, id)).check("events on todos, of those that todo-api has confirmed"))
	for i, h := range end.handlings() {
		wrong = append(wrong, s.once(h, len(halfway.handlings()[i].handled)))
	}
	return errors.Join(wrong...)
}
