package cli

import (
	"context"
	"errors"
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
		report.Letters = append(report.Letters, item)
		report.index[r.at()] = item
		if l.Foreign != "" {
			// Nothing that it says counts, its dlq-id neither.
			item.decide(outcomeRefused, "no dead letter of this topic and group: "+l.Foreign)
			return nil
		}
		switch {
		case seen[l.ID]:
			// A group that died between writing a dead letter and committing
			// wrote it again.
			item.decide(outcomeLeftOut, "the same failure is in the topic before")
		case l.Redriven >= maxRedrives && !f.force:
			item.decide(outcomeRefused, fmt.Sprintf("redriven %d times already (--force sends it)", l.Redriven))
		case f.toSource:
			item.To = l.Topic
		default:
			item.To = event.RedriveTopic(l.Topic, l.Group)
		}
		seen[l.ID] = true
		if item.To != "" {
			targets[item.To] = true
		}
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
			// The group skips what does not name it and its topic, so that such
			// a record has not been redriven.
			topic, _ := r.header(headerRedriveTopic)
			group, _ := r.header(headerRedriveGroup)
			if of, ok := r.header(headerRedriveOf); ok && event.RedriveTopic(topic, group) == target && event.DeadLetterTopic(topic, group) == dlq {
				sent[of] = true
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, item := range report.Letters {
			if item.To == target && sent[item.ID] {
				item.decide(outcomeLeftOut, "redriven already (--again sends it once more)")
			}
		}
	}
	return report, nil
}

// executeRedrive sends what was planned, one record after the other.
func (c connection) executeRedrive(ctx context.Context, dlq, reason string, report *redriveReport) error {
	for _, item := range report.Letters {
		if item.Outcome == outcomePlanned {
			item.Outcome = outcomeNotSent
		}
	}
	s, err := c.newSender(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	err = c.read(ctx, reading{topic: dlq, ends: report.ends}, func(r record) error {
		item := report.index[r.at()]
		if item == nil || item.Outcome != outcomeNotSent {
			return nil
		}
		r.Headers = redriveHeaders(r, item.letter, report.Run, reason)
		if err := s.send(item.To, r); err != nil {
			item.decide(outcomeFailed, err.Error())
			return fmt.Errorf("redrive %s of %s to %s: %w: the run stopped here, run it again to go on", r.at(), dlq, item.To, err)
		}
		item.Outcome = outcomeRedriven
		return nil
	})
	if errors.Is(err, errInterrupted) { // heeded between two records, never within one
		return fmt.Errorf("%w: run it again to go on", errInterrupted)
	}
	if gone := report.with(outcomeNotSent); err == nil && gone > 0 {
		return fmt.Errorf("redrive %s: %s gone since the run began: the topic's retention ended (see dlq_retention)", dlq, are(gone, "dead letter"))
	}
	return err
}

// redriveHeaders are the record's own headers and the first trip's, and then
// ours. Of several that say the same about the first trip the last one counts;
// the others would grow by each trip.
func redriveHeaders(r record, l letter, run, reason string) []event.Header {
	var out []event.Header
	for i, h := range r.Headers {
		again := slices.ContainsFunc(r.Headers[i+1:], func(later event.Header) bool { return later.Key == h.Key })
		switch {
		case strings.HasPrefix(h.Key, headerRedrivePrefix):
		case strings.HasPrefix(h.Key, headerOriginPrefix) && again:
		case strings.HasPrefix(h.Key, headerDLQPrefix) && !strings.HasPrefix(h.Key, headerOriginPrefix):
		default:
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
