package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// outage publishes the stream while the mail provider is down, until it is back.
func (d *demo) outage(ctx context.Context) error {
	items := stream(d.seed, d.records, time.Now().UTC())
	d.total = len(items)
	needMail := 0
	for _, it := range items {
		if e, ok := it.msg.(*reminderv1.ReminderTriggered); ok && needsProvider(e) {
			needMail++
		}
	}
	d.out.title("Publishing %s records: every event type, with foreign records in between", number(d.total))
	d.out.say("the mail provider is down for some users: their events are retried, others go on")
	if err := os.WriteFile(outageFile(d.dir), nil, 0o644); err != nil {
		return err
	}
	var err error
	if d.pub, err = startPublishing(ctx, d.cluster, slog.New(slog.NewTextHandler(d.log, nil)), items); err != nil {
		return err
	}
	// Some events use up their attempts before the provider is back, and some
	// are still waiting for their next one then.
	if err := d.follow(ctx, "the outage", func() (bool, error) { return d.live.spent > needMail/3, nil }); err != nil {
		return err
	}
	d.out.say("the provider is back: %s attempts had failed, what waits for its next attempt will succeed", number(d.live.failed))
	return os.Remove(outageFile(d.dir))
}

// kill kills the child process in the midst of its work.
func (d *demo) kill(ctx context.Context) error {
	if err := d.follow(ctx, "publishing", func() (bool, error) { return d.pub.published.Load() > int64(d.total)*6/10, nil }); err != nil {
		return err
	}
	file := journalFile(d.dir, d.groups["notifier"], "b")
	look := func() (unsettled, error) {
		committed, err := d.observe.Committed(ctx, d.groups["notifier"], maps.Keys(d.starts))
		return d.live.unsettled(file, committed), errors.Join(err, d.live.poll())
	}
	// It is looked at while it stands still: what it has not committed then, it
	// never will.
	err := d.follow(ctx, "the child process to have unsettled records", func() (bool, error) {
		if err := d.child.freeze(); err != nil {
			return false, err
		}
		if err := d.live.poll(); err != nil {
			return false, err
		}
		u, err := look()
		// Best in the midst of both; a slow stream may not grant that.
		late := d.pub.published.Load() > int64(d.total)*3/4
		if err != nil || u.finished > 0 && (u.running > 0 || late) {
			return err == nil, err
		}
		return false, d.child.thaw()
	})
	if err != nil {
		return err
	}
	pid := d.child.pid()
	err = d.child.kill()
	d.child = nil
	if err != nil {
		return err
	}
	u, err := look()
	if err != nil {
		return err
	}
	d.out.title("kill -9 %d: member b is gone", pid)
	d.out.say("what it leaves unsettled: under way or waiting for a retry %s, handled but not committed %s", number(u.running), number(u.finished))
	d.out.say("the group notices after 6 s without a heartbeat; member a takes over then")
	if u.finished+u.running == 0 {
		return errors.New("the killed process had nothing unsettled: the demo shows nothing")
	}
	return nil
}

// drain waits until everything is published and settled.
func (d *demo) drain(ctx context.Context) error {
	err := d.follow(ctx, "the end of publishing", func() (bool, error) {
		select {
		case <-d.pub.done:
			return true, d.pub.err
		default:
			return false, nil
		}
	})
	if err != nil {
		return err
	}
	if err := d.settled(ctx); err != nil {
		return err
	}
	d.out.say("all is settled: %s events failed at first and were handled at a later attempt", number(d.live.recovered()))
	return nil
}

// settled waits until both groups have committed the ends of all their topics.
func (d *demo) settled(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(d.groups)) {
		topics := slices.Clone(roles[name].topics)
		for _, t := range roles[name].topics {
			topics = append(topics, event.RedriveTopic(t, d.groups[name]))
		}
		err := d.follow(ctx, "group "+d.groups[name]+" to commit the ends of its topics", func() (bool, error) {
			ends, err := d.observe.Ends(ctx, topics...)
			if err != nil {
				return false, err
			}
			committed, err := d.observe.Committed(ctx, d.groups[name], maps.Keys(ends))
			for p, end := range ends {
				// What was never written needs no commit.
				if committed[p] < end {
					return false, err
				}
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
