package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	// maxRedrives is how often an event may be redriven without --force: one
	// that failed as often will fail again.
	maxRedrives = 3

	// maxReason bounds the redrive-reason header, in bytes.
	maxReason = 1024
)

type redriveFlags struct {
	letterFlags

	execute  bool
	reason   string
	force    bool
	again    bool
	toSource bool
}

func (a *app) redriveCmd() *cobra.Command {
	var f redriveFlags
	cmd := &cobra.Command{
		Use:   "redrive TOPIC.GROUP.dlq",
		Short: "Send dead letters to their group once more",
		Long: `Redrive sends dead letters to TOPIC.GROUP.redrive, which only their group reads,
with their event ids unchanged and in the order of the dead-letter topic for each
key. It deletes nothing. Only what the dead-letter topic holds at the start is
looked at.

Without --execute it only says what it would do. With it, each event is
acknowledged before the next one is sent, and the run stops at the first error.
What the redrive topic holds already is left out, unless --again is given. A run
that is killed may have sent an event without knowing it: that event may then be
redriven twice, so handlers have to tolerate an event id that they know.

Redriven events are late: they may arrive after, or beside, newer events of
their key.`,
		Example: `  eventctl dlq redrive todos.notifier.dlq --only-reason retries_exhausted
  eventctl dlq redrive todos.notifier.dlq --execute --reason "mail server is back"`,
		Args: exactly("TOPIC.GROUP.dlq"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.redrive(cmd.Context(), args[0], f) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.execute, "execute", false, "do it; without this it is a dry run")
	flags.StringVar(&f.reason, "reason", "", "`WHY` it is done, kept in each record; required with --execute")
	flags.BoolVar(&f.force, "force", false, fmt.Sprintf("also what was redriven %d times or more", maxRedrives))
	flags.BoolVar(&f.again, "again", false, "also what the redrive topic holds already")
	flags.BoolVar(&f.toSource, "to-source", false, "send to the source topic instead: every group reads the event again")
	return cmd
}

func (f redriveFlags) validate() error {
	switch {
	case f.execute && strings.TrimSpace(f.reason) == "":
		return usagef("--execute needs --reason WHY: it is kept in each redriven record")
	case len(f.reason) > maxReason || !utf8.ValidString(f.reason):
		return usagef("--reason has %d bytes: give UTF-8 text of at most %d", len(f.reason), maxReason)
	}
	return nil
}

// What happens to a dead letter in a run.
const (
	outcomePlanned  = "would be redriven"
	outcomeDone     = "redriven"
	outcomeAlready  = "left out: redriven already (--again sends it once more)"
	outcomeTwin     = "left out: the same failure is in the topic before"
	outcomeRefused  = "refused: redriven 3 times or more (--force sends it)"
	outcomeForeign  = "refused: no dead letter of this topic and group"
	outcomeNotTried = "not sent: the run stopped before it"
)

// redriveItem is one dead letter of a run.
type redriveItem struct {
	letter

	To      string `json:"to,omitempty"`
	Outcome string `json:"outcome"`
}

// redriveReport is what --json prints.
type redriveReport struct {
	Run      string         `json:"run,omitempty"` // redrive-id of the records; empty for a dry run
	DryRun   bool           `json:"dry_run"`
	Redriven int            `json:"redriven"`
	LeftOut  int            `json:"left_out"`
	Refused  int            `json:"refused"`
	Letters  []*redriveItem `json:"letters"`
	Error    string         `json:"error,omitempty"`

	index map[string]*redriveItem // by partition/offset
	ends  map[int32]int64
}

func (a *app) redrive(ctx context.Context, dlq string, f redriveFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	if err := deadLetterTopic(dlq); err != nil {
		return err
	}
	conn, err := a.connection()
	if err != nil {
		return err
	}
	report, err := conn.planRedrive(ctx, dlq, f)
	if err != nil {
		return err
	}
	if f.execute && report.planned() > 0 {
		fmt.Fprintln(a.stderr, "note: if this run is killed, the event that it was sending may be redriven twice by the next run")
		report.Run = uuid.Must(uuid.NewV7()).String()
		if err = conn.executeRedrive(ctx, dlq, f.reason, report); err != nil {
			report.Error = err.Error()
		}
	}
	report.sum()
	if printErr := a.printRedrive(report); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return err
	}
	if report.Refused > 0 {
		return errSilent
	}
	return nil
}

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
		if err := s.send(item.To, r); err != nil {
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

func (r *redriveReport) planned() int {
	n := 0
	for _, item := range r.Letters {
		if item.Outcome == outcomePlanned {
			n++
		}
	}
	return n
}

func (r *redriveReport) sum() {
	for _, item := range r.Letters {
		switch item.Outcome {
		case outcomeDone:
			r.Redriven++
		case outcomeAlready, outcomeTwin:
			r.LeftOut++
		case outcomeRefused, outcomeForeign:
			r.Refused++
		}
	}
}

func (a *app) printRedrive(r *redriveReport) error {
	if a.json {
		return printJSON(a.stdout, r)
	}
	t := newTable("AT", "REASON", "TYPE", "KEY", "OUTCOME")
	for _, item := range r.Letters {
		t.add(fmt.Sprintf("%d/%d", item.Partition, item.Offset), item.Reason, item.EventType, short(keyText(item.Key), 40), item.Outcome)
	}
	if len(r.Letters) > 0 {
		if err := t.print(a.stdout); err != nil {
			return err
		}
	}
	summary := fmt.Sprintf("%s redriven, %d left out, %d refused", count(r.Redriven, "event"), r.LeftOut, r.Refused)
	if r.DryRun {
		summary = fmt.Sprintf("dry run: %s would be redriven, %d left out, %d refused (--execute --reason WHY does it)", count(r.planned(), "event"), r.LeftOut, r.Refused)
	}
	_, err := fmt.Fprintln(a.stdout, summary)
	return err
}
