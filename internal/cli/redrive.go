package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// redriveFlags select dead letters, and say what is done with them.
type redriveFlags struct {
	letterFlags

	execute  bool
	reason   string
	force    bool
	again    bool
	toSource bool
	topic    string // the source topic, where neither the name nor services.yaml tells it
	max      int    // see deadletter.PlanOptions
}

// redriveCmd sends only with --execute, never deletes a dead letter, and never commits
// for a group. So it can be run again after anything, and then sends what is left. The
// rules are V1 to V5 of docs/guarantees.md.
func (a *app) redriveCmd() *cobra.Command {
	var f redriveFlags
	cmd := &cobra.Command{
		Use:   "redrive TOPIC.GROUP.dlq",
		Short: "Send dead letters to their group once more",
		Long: `Redrive sends dead letters to TOPIC.GROUP.redrive, which only their group
reads, with their event ids unchanged and in the order of the dead-letter topic
for each key. It deletes nothing. Only what the dead-letter topic holds at the
start is looked at.

Without --execute it only says what it would do. With it, each event is
acknowledged before the next one is sent, and the run stops at the first error.
What the redrive topic holds already is left out, unless --again is given. A run
that is killed may have sent an event without knowing it: that event may then be
redriven twice, so handlers have to tolerate an event id that they know.

Topic and group come from services.yaml or from the name of the topic, never
from a record, and are printed before anything is sent.

Redriven events are late: they may arrive after, or beside, newer events of
their key.`,
		Example: `  eventctl dlq redrive todos.notifier.dlq --only-reason retries_exhausted
  eventctl dlq redrive todos.notifier.dlq --execute \
    --reason "mail server is back"`,
		Args: exactly("TOPIC.GROUP.dlq"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.redrive(cmd.Context(), args[0], f) },
	}
	f.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.execute, "execute", false, "do it; without this it is a dry run")
	flags.StringVar(&f.reason, "reason", "", "`WHY` it is done, kept in each record; required with --execute")
	flags.BoolVar(&f.force, "force", false, fmt.Sprintf("also what was redriven %d times or more", deadletter.MaxRedrives))
	flags.BoolVar(&f.again, "again", false, "also what the redrive topic holds already")
	flags.BoolVar(&f.toSource, "to-source", false, "send to the source topic instead: every group reads the event again, as often as this runs")
	flags.IntVar(&f.max, "max", deadletter.MaxPlanned, "refuse to take more than `N` dead letters in one run")
	flags.StringVar(&f.topic, "source-topic", "", "the source `TOPIC`, where the name of the dead-letter topic can be split in several ways")
	return cmd
}

// validate asks for a reason before anything is sent: it is part of each record, and
// whoever looks at one later has nothing else. Its length is bounded, because each
// record has to fit max.message.bytes with it.
func (f redriveFlags) validate() error {
	switch {
	case f.execute && strings.TrimSpace(f.reason) == "":
		return usagef("--execute needs --reason WHY: it is kept in each redriven record")
	case f.max < 1:
		return usagef("--max %d: give at least 1", f.max)
	case len(f.reason) > deadletter.MaxRedriveReason || !utf8.ValidString(f.reason):
		return usagef("--reason has %d bytes: give UTF-8 text of at most %d", len(f.reason), deadletter.MaxRedriveReason)
	}
	return f.letterFlags.validate()
}

// redriveItem is one dead letter of a run that is listed. It keeps no payload.
type redriveItem struct {
	recordview.Letter

	To      string             `json:"to,omitempty"`
	Outcome deadletter.Outcome `json:"outcome"`
	Why     string             `json:"why,omitempty"`

	step *deadletter.Step
}

// decided takes over what the step says at the end.
func (i *redriveItem) decided() {
	i.To, i.Outcome = i.step.To, i.step.Outcome
	if i.Why == "" { // else it says why sending failed
		i.Why = i.whyText()
	}
}

// whyText says why a dead letter is not redriven, and what would redrive it.
func (i *redriveItem) whyText() string {
	switch i.step.Why {
	case deadletter.WhyForeign:
		return "not a dead letter of this topic and group: " + i.Foreign
	case deadletter.WhyRepeated:
		return "an earlier dead letter in the topic is about the same failure"
	case deadletter.WhyTooOften:
		return fmt.Sprintf("redriven %d times already (--force sends it)", i.Redriven)
	case deadletter.WhySent:
		return "redriven already (--again sends it once more)"
	}
	return ""
}

// text is the outcome for people.
func (i *redriveItem) text() string {
	what := strings.ReplaceAll(string(i.Outcome), "_", " ")
	if i.Outcome == deadletter.Planned {
		what = "would be redriven"
	}
	if i.Why == "" {
		return what
	}
	return what + ": " + i.Why
}

// mostListed are the dead letters that a run lists, at about 2 KB each. The others are
// counted.
const mostListed = 10_000

// redriveReport is what --json prints.
type redriveReport struct {
	Run      string         `json:"run,omitempty"` // redrive-id of the records; empty for a dry run
	Topic    string         `json:"topic"`         // of the dead-letter topic, as its group
	Group    string         `json:"group"`
	To       string         `json:"to"` // the only topic that is sent to
	DryRun   bool           `json:"dry_run"`
	Selected int            `json:"selected"` // the sum of the following
	Planned  int            `json:"planned"`  // of a dry run
	Redriven int            `json:"redriven"`
	LeftOut  int            `json:"left_out"`
	Refused  int            `json:"refused"`
	Failed   int            `json:"failed"`
	NotSent  int            `json:"not_sent"`
	Letters  []*redriveItem `json:"letters"`         // the first mostListed, and what failed
	Error    string         `json:"error,omitempty"` // what ended the run; also on stderr

	plan *deadletter.Plan
	ends map[int32]int64 // of the dead-letter topic when the run began
}

// list adds a dead letter to what is listed.
func (r *redriveReport) list(l recordview.Letter, step *deadletter.Step) *redriveItem {
	item := &redriveItem{Letter: l, step: step}
	r.Letters = append(r.Letters, item)
	return item
}

// failed is the listed item of what could not be sent, which is listed in any case.
func (r *redriveReport) failed(rec recordview.Record, l deadletter.Letter, step *deadletter.Step) *redriveItem {
	if i := slices.IndexFunc(r.Letters, func(i *redriveItem) bool { return i.step == step }); i >= 0 {
		return r.Letters[i]
	}
	return r.list(recordview.NewLetter(rec, l), step)
}

// sum takes over what the plan knows at the end. The list is ordered by partition, and
// within one as the topic is: the order in which letters are sent is of no matter to
// those who read the report.
func (r *redriveReport) sum() {
	for n, outcome := range map[*int]deadletter.Outcome{
		&r.Planned: deadletter.Planned, &r.Redriven: deadletter.Redriven, &r.LeftOut: deadletter.LeftOut,
		&r.Refused: deadletter.Refused, &r.Failed: deadletter.Failed, &r.NotSent: deadletter.NotSent,
	} {
		*n = r.plan.Count(outcome)
		r.Selected += *n
	}
	for _, item := range r.Letters {
		item.decided()
	}
	slices.SortStableFunc(r.Letters, func(a, b *redriveItem) int { return int(a.Partition) - int(b.Partition) })
}

// redrive plans, executes if it is told to, and reports: also after an error, because
// what was sent then is what the user needs to know.
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
	v, err := a.keyViewer(ctx, f.reveal)
	if err != nil {
		return err
	}
	source, err := a.sourceOf(ctx, dlq, f.topic)
	if err != nil {
		return err
	}
	report, err := conn.planRedrive(ctx, dlq, source, f)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "dead letters of topic %s, group %s, to %s\n", report.Topic, report.Group, report.To)
	// Said before the first record is sent: a process that is killed between a
	// record's acknowledgement and the report cannot say so afterwards.
	if f.execute && report.plan.Sends() {
		a.note("if this run is killed, the event that it was sending may be redriven twice by the next run")
		report.Run = uuid.Must(uuid.NewV7()).String()
		if err = conn.executeRedrive(ctx, dlq, f.reason, report); err != nil {
			report.Error = err.Error()
		}
	}
	report.sum()
	if len(report.Letters) < report.Selected {
		conn.note(fmt.Sprintf("%d of %s are listed; the numbers are of all", len(report.Letters), terminal.Count(report.Selected, "dead letter")))
	}
	for _, item := range report.Letters { // keys are hidden last: they were selected by
		item.Letter = v.Letter(item.Letter)
	}
	if printErr := a.printRedrive(report); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return err
	}
	// Also after a dry run. What is left out does not count: a second run over the same
	// topic leaves out all that the first one sent.
	if report.Refused > 0 {
		return errSilent
	}
	return nil
}

// printRedrive ends with one line that says it all, and how to go on from a dry run.
func (a *app) printRedrive(r *redriveReport) error {
	if a.json {
		return terminal.JSON(a.stdout, r)
	}
	t := a.table("AT", "REASON", "TYPE", "KEY", "OUTCOME")
	for _, item := range r.Letters {
		t.Add(fmt.Sprintf("%d/%d", item.Partition, item.Offset), cmp.Or(item.Reason, "-"), cmp.Or(item.EventType, "-"), terminal.Short(recordview.KeyText(item.Key), 40), item.text())
	}
	if len(r.Letters) > 0 {
		if err := t.Print(a.stdout); err != nil {
			return err
		}
	}
	summary := fmt.Sprintf("%s redriven, %d left out, %d refused", terminal.Count(r.Redriven, "event"), r.LeftOut, r.Refused)
	if r.DryRun {
		summary = fmt.Sprintf("dry run: %s would be redriven, %d left out, %d refused (--execute --reason WHY does it)", terminal.Count(r.Planned, "event"), r.LeftOut, r.Refused)
	}
	if r.Failed+r.NotSent > 0 {
		summary += fmt.Sprintf(", %d failed, %d not sent", r.Failed, r.NotSent)
	}
	_, err := fmt.Fprintln(a.stdout, summary)
	return err
}
