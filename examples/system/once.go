package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// traces are what a load has left: its events, the notifications that they caused,
// and audit's rows of both.
type traces struct{ todos, notifications, rows []fact }

// traces reads them: as they are now or, with all, when everything was handled.
func (s *system) traces(ctx context.Context, correlation string, all bool) (t traces, err error) {
	if t.todos, err = s.tail(ctx, "todos", correlation); err != nil {
		return t, err
	}
	if all {
		if err := s.settled(ctx, "notifier", t.todos); err != nil {
			return t, err
		}
	}
	if t.notifications, err = s.tail(ctx, "notifications", correlation); err != nil {
		return t, err
	}
	if all {
		if err := s.settled(ctx, "audit-log", slices.Concat(t.todos, t.notifications)); err != nil {
			return t, err
		}
	}
	t.rows, err = s.rows(ctx, correlation, 0)
	return t, err
}

// handling is a service, the events that were there for it, and the ids of those
// that it has handled, each as often as it did.
type handling struct {
	service, group string
	events         []fact
	handled        []string
}

func (t traces) handlings() []handling {
	return []handling{
		{"notifier", "notifier", t.todos, each(t.notifications, func(f fact) string { return f.Causation })},
		{"audit", "audit-log", slices.Concat(t.todos, t.notifications), each(t.rows, id)},
	}
}

func id(f fact) string { return f.ID }

func each(facts []fact, text func(fact) string) []string {
	var out []string
	for _, f := range facts {
		out = append(out, text(f))
	}
	return out
}

// halfway looks at what a service that was stopped has left: it must have
// committed what it has handled, and nothing else.
func (s *system) halfway(ctx context.Context, h handling) error {
	c, err := s.commits(ctx, h.group)
	if err != nil {
		return err
	}
	committed := below(c, h.events)
	s.say("  %-8s of %d events, %d are handled and %d committed", h.service, len(h.events), len(h.handled), len(committed))
	var idle error
	if len(h.handled) == 0 || len(h.handled) >= len(h.events) {
		idle = fmt.Errorf("%s was stopped when it had handled %d of %d events: that was no load", h.service, len(h.handled), len(h.events))
	}
	return errors.Join(idle, compare(h.handled, committed).check("events that "+h.service+" has committed at its stop, of those that it has handled"))
}

// once is an error if a service has handled events twice, or not at all.
func (s *system) once(h handling, before int) error {
	d := compare(each(h.events, id), h.handled)
	s.say("  %-8s of %d events, %d handled before the stop and %d after it: %d twice, %d never",
		h.service, len(h.events), before, len(h.handled)-before, d.repeated, d.missing)
	return d.check("events that " + h.service + " has handled")
}

// difference is between the ids that there should be, and those that there are.
type difference struct{ missing, repeated, foreign int }

func compare(want, got []string) difference {
	var d difference
	times, wanted := map[string]int{}, map[string]bool{}
	for _, id := range got {
		times[id]++
	}
	for _, id := range want {
		wanted[id] = true
		if times[id] == 0 {
			d.missing++
		}
	}
	for id, n := range times {
		if n > 1 {
			d.repeated++
		}
		if !wanted[id] {
			d.foreign++
		}
	}
	return d
}

// check is an error if there is a difference.
func (d difference) check(ids string) error {
	if d == (difference{}) {
		return nil
	}
	return fmt.Errorf("%s: %d are missing, %d are there more than once, %d should not be there", ids, d.missing, d.repeated, d.foreign)
}
