package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// planRedrive fixes the end of the dead-letter topic (V2) and decides about each
// selected dead letter. All of it is done before anything is sent, so that a target which
// does not exist is found while nothing has happened.
func (c connection) planRedrive(ctx context.Context, dlq string, f redriveFlags) (*redriveReport, error) {
	report := &redriveReport{DryRun: !f.execute, Letters: []*redriveItem{}, index: map[string]*redriveItem{}}
	plan := deadletter.NewPlan(deadletter.PlanOptions{Force: f.force, Again: f.again, ToSource: f.toSource})
	err := c.read(ctx, kafkaclient.Reader{Topic: dlq, Started: func(ends map[int32]int64) { report.ends = ends }}, func(r recordview.Record) error {
		read := deadletter.Read(r.Record)
		l := recordview.NewLetter(r, read)
		if !f.match(l, r) {
			return nil
		}
		item := &redriveItem{Letter: l, step: plan.Add(read)}
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
	for _, target := range plan.Targets() {
		// A target that is not compared is looked up all the same, so that a
		// missing one is refused before anything is sent.
		r := kafkaclient.Reader{Topic: target, AtEnd: !plan.Compares()}
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
