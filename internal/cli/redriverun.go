package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// planRedrive fixes the end of the dead-letter topic and decides about each
// selected dead letter.
func (c connection) planRedrive(ctx context.Context, dlq string, f redriveFlags) (*redriveReport, error) {
	report := &redriveReport{DryRun: !f.execute, Letters: []*redriveItem{}, index: map[string]*redriveItem{}}
	targets, seen := map[string]bool{}, map[string]bool{}
	err := c.read(ctx, reading{topic: dlq, fixed: func(ends map[int32]int64) { report.ends = ends }}, func(r record) error {
		l := letterOf(r)
		if !f.match(l, r) {
			return nil
		}
		item := &redriveItem{letter: l, Outcome: outcomePlanned}
		switch {
		case l.Foreign != "":
			item.Outcome = outcomeForeign
		case seen[l.ID]:
			// A group that died between writing a dead letter and committing
			// wrote it again.
			item.Outcome = outcomeTwin
		case l.Redriven >= maxRedrives && !f.force:
			item.Outcome = outcomeRefused
		case f.toSource:
			item.To = l.Topic
		default:
			item.To = event.RedriveTopic(l.Topic, l.Group)
		}
		seen[l.ID] = true
		if item.To != "" {
			targets[item.To] = true
		}
		report.Letters = append(report.Letters, item)
		report.index[r.at()] = item
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(report.Letters, func(a, b *redriveItem) int { return int(a.Partition) - int(b.Partition) })
	for target := range targets {
		sent := map[string]bool{}
		// The source topic may be long, and is not ours: it is only looked up,
		// so that a missing one is refused before anything is sent.
		r := reading{topic: target, none: f.toSource || f.again}
		if err := c.read(ctx, r, func(r record) error {
			if of, ok := r.header(headerRedriveOf); ok {
				sent[of] = true
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, item := range report.Letters {
			if item.To == target && sent[item.ID] {
				item.Outcome = outcomeAlready
			}
		}
	}
	return report, nil
}

// executeRedrive sends what was planned, one record after the other.
func (c connection) executeRedrive(ctx context.Context, dlq, reason string, report *redriveReport) error {
	for _, item := range report.Letters {
		if item.Outcome == outcomePlanned {
			item.Outcome = outcomeNotTried
		}
	}
	s, err := c.newSender()
	if err != nil {
		return err
	}
	defer s.close()
	return c.read(ctx, reading{topic: dlq, ends: report.ends}, func(r record) error {
		item := report.index[r.at()]
		if item == nil || item.Outcome != outcomeNotTried {
			return nil
		}
		// An interrupt is heeded between two records, never within one.
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		r.Headers = redriveHeaders(r, item.letter, report.Run, reason)
		if _, err := s.send(item.To, r); err != nil {
			item.Outcome = "failed: " + err.Error()
			return fmt.Errorf("redrive %s of %s to %s: the run stopped here, run it again to go on: %w", r.at(), dlq, item.To, err)
		}
		item.Outcome = outcomeDone
		return nil
	})
}

// redriveHeaders are the record's own headers and the first trip's, and then
// ours.
func redriveHeaders(r record, l letter, run, reason string) []event.Header {
	var out []event.Header
	for _, h := range r.Headers {
		dead := strings.HasPrefix(h.Key, headerDLQPrefix) && !strings.HasPrefix(h.Key, headerOriginPrefix)
		if !dead && !strings.HasPrefix(h.Key, headerRedrivePrefix) {
			out = append(out, h)
		}
	}
	for _, h := range [][2]string{
		{headerRedriveID, run},
		{headerRedriveOf, l.ID},
		{headerRedriveCount, strconv.Itoa(l.Redriven + 1)},
		{headerRedriveGroup, l.Group},
		{headerRedriveTopic, l.Topic},
		{headerRedriveReason, reason},
	} {
		out = append(out, event.Header{Key: h[0], Value: []byte(h[1])})
	}
	return out
}
