package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// planRedrive fixes the end of the dead-letter topic (V2) and decides about each
// selected dead letter. All of it is done before anything is sent, so that a target which
// does not exist is found while nothing has happened.
func (c connection) planRedrive(ctx context.Context, dlq string, source deadletter.Source, f redriveFlags) (*redriveReport, error) {
	plan := deadletter.NewPlan(source, deadletter.PlanOptions{Force: f.force, Again: f.again, ToSource: f.toSource, Max: f.max})
	report := &redriveReport{Topic: source.Topic, Group: source.Group, To: plan.To(), DryRun: !f.execute, Letters: []*redriveItem{}, plan: plan}
	err := c.read(ctx, kafkaclient.Reader{Topic: dlq, Started: func(ends map[int32]int64) { report.ends = ends }}, func(r recordview.Record) error {
		read := deadletter.Read(r.Record).Of(source)
		l := recordview.NewLetter(r, read)
		if !f.match(l, r) {
			return nil
		}
		step := plan.Add(read, r.Record, positionOf(r))
		if len(report.Letters) < mostListed {
			report.list(l, step)
		}
		if plan.TooLong() {
			return fmt.Errorf("redrive %s: more than %s are selected, the most that one run takes: select fewer by --only-reason, --type, --key or --id, or raise --max (each takes 200 bytes of memory)",
				dlq, terminal.Count(f.max, "dead letter"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if plan.Sends() {
		// A target that is not compared is looked up all the same, so that a
		// missing one is refused before anything is sent.
		r := kafkaclient.Reader{Topic: plan.To(), AtEnd: !plan.Compares()}
		if err := c.read(ctx, r, func(r recordview.Record) error {
			plan.Holds(r.Record)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func positionOf(r recordview.Record) deadletter.Position {
	return deadletter.Position{Partition: r.Partition, Offset: r.Offset}
}

// executeRedrive sends what was planned, one record after the other and each
// acknowledged before the next (V5): after an error no later record of the key is out.
// An interrupt does not end the wait for an acknowledgement, so that the report knows
// what was sent; no further record is sent after it.
func (c connection) executeRedrive(ctx context.Context, dlq, reason string, report *redriveReport) error {
	report.plan.Begin() // however the run ends, what it has not reached is reported as not sent
	s, err := c.session.Sender()
	if err != nil {
		return err
	}
	defer s.Close()
	// The topic is read a second time, so that no record is kept in memory; the ends
	// of the plan bound it. What came since is not redriven (V2).
	err = c.read(ctx, kafkaclient.Reader{Topic: dlq, Ends: report.ends}, func(r recordview.Record) error {
		letter := deadletter.Read(r.Record)
		step := report.plan.Turn(letter, r.Record, positionOf(r))
		if step == nil { // not selected, left out or refused
			return nil
		}
		out := r
		out.Headers = letter.RedriveHeaders(r.Headers, report.Run, reason)
		if err := s.Send(step.To, messageOf(out)); err != nil {
			report.plan.Done(step, deadletter.Failed)
			report.failed(r, letter, step).Why = err.Error()
			return fmt.Errorf("redrive %s of %s to %s: %w: the run stopped here, run it again to go on", r.At(), dlq, step.To, err)
		}
		report.plan.Done(step, deadletter.Redriven)
		return nil
	})
	if errors.Is(err, context.Canceled) { // seen between two records, never within one
		return fmt.Errorf("%w: run it again to go on", errInterrupted)
	}
	// What was planned and has not come up again was deleted meanwhile, usually by
	// retention.
	if gone := report.plan.Count(deadletter.NotSent); err == nil && gone > 0 {
		return fmt.Errorf("redrive %s: %s gone since the run began: the topic's retention ended (see dlq_retention)", dlq, terminal.CountAre(gone, "dead letter"))
	}
	return err
}

// sourceOf is the topic and the group of a dead-letter topic. No record is asked: whoever
// may write to the topic could choose where its records are sent. The name decides if it
// can be split in one way only, else services.yaml, else the user.
func (a *app) sourceOf(ctx context.Context, dlq, topic string) (deadletter.Source, error) {
	all := deadletter.SourcesOf(dlq)
	if topic != "" {
		for _, s := range all {
			if s.Topic == topic {
				return s, nil
			}
		}
		return deadletter.Source{}, usagef("--source-topic %q: the name of %s does not begin with it and go on with a group", topic, dlq)
	}
	switch len(all) {
	case 0:
		return deadletter.Source{}, usagef("%s names no topic and group: its form is %s", dlq, topicname.DeadLetterForm)
	case 1:
		return all[0], nil
	}
	cat, err := a.load(ctx)
	if err != nil && !errors.Is(err, contractrepo.ErrNone) {
		return deadletter.Source{}, err
	}
	if cat != nil {
		for _, t := range cat.Wanted() { // two with one name are a problem of the contracts
			if t.Kind == topicplan.DeadLetter && t.Name == dlq {
				return deadletter.Source{Topic: t.Source, Group: t.Group}, nil
			}
		}
	}
	var ways []string
	for _, s := range all {
		ways = append(ways, fmt.Sprintf("  --source-topic %s: topic %s, group %s", s.Topic, s.Topic, s.Group))
	}
	return deadletter.Source{}, fmt.Errorf("%s may belong to several topics and groups, and services.yaml names none of them: say which topic its letters are of:\n%s", dlq, strings.Join(ways, "\n"))
}
