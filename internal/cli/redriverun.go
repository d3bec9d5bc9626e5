package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	plan := deadletter.NewPlan(source, deadletter.PlanOptions{Force: f.force, Again: f.again, ToSource: f.toSource})
	report := &redriveReport{Topic: source.Topic, Group: source.Group, To: plan.To(), DryRun: !f.execute, Letters: []*redriveItem{}, index: map[string]*redriveItem{}}
	err := c.read(ctx, kafkaclient.Reader{Topic: dlq, Started: func(ends map[int32]int64) { report.ends = ends }}, func(r recordview.Record) error {
		read := deadletter.Read(r.Record)
		l := recordview.NewLetter(r, read)
		if !f.match(l, r) {
			return nil
		}
		item := &redriveItem{Letter: l, step: plan.Add(read, r.Record)}
		report.Letters = append(report.Letters, item)
		report.index[r.At()] = item
		return nil
	})
	if err != nil {
		return nil, err
	}
	// By partition, and within one as they are in the topic: the order in which they
	// are sent is of no matter to those who read the report.
	slices.SortStableFunc(report.Letters, func(a, b *redriveItem) int { return int(a.Partition) - int(b.Partition) })
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
	for _, item := range report.Letters {
		item.planned()
	}
	return report, nil
}

// executeRedrive sends what was planned, one record after the other and each
// acknowledged before the next (V5): after an error no later record of the key is out.
// An interrupt does not end the wait for an acknowledgement, so that the report knows
// what was sent; no further record is sent after it.
func (c connection) executeRedrive(ctx context.Context, dlq, reason string, report *redriveReport) error {
	// However the run ends, what it has not reached is reported as not sent.
	for _, item := range report.Letters {
		if item.Outcome == deadletter.Planned {
			item.Outcome = deadletter.NotSent
		}
	}
	s, err := c.session.Sender()
	if err != nil {
		return err
	}
	defer s.Close()
	// The topic is read a second time, so that no payload is kept in memory; the ends
	// of the plan bound it. What came since is not redriven (V2).
	err = c.read(ctx, kafkaclient.Reader{Topic: dlq, Ends: report.ends}, func(r recordview.Record) error {
		item := report.index[r.At()]
		if item == nil || item.Outcome != deadletter.NotSent { // not selected, left out or refused
			return nil
		}
		r.Headers = item.step.Letter.RedriveHeaders(r.Headers, report.Run, reason)
		if err := s.Send(item.To, messageOf(r)); err != nil {
			item.Outcome, item.Why = deadletter.Failed, err.Error()
			return fmt.Errorf("redrive %s of %s to %s: %w: the run stopped here, run it again to go on", r.At(), dlq, item.To, err)
		}
		item.Outcome = deadletter.Redriven
		return nil
	})
	if errors.Is(err, context.Canceled) { // seen between two records, never within one
		return fmt.Errorf("%w: run it again to go on", errInterrupted)
	}
	// What was planned and has not come up again was deleted meanwhile, usually by
	// retention.
	if gone := report.count(deadletter.NotSent); err == nil && gone > 0 {
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
