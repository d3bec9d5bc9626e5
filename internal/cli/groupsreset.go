package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/groups"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// resetFlags say where a group shall begin, and in which partitions.
type resetFlags struct {
	to         string
	topics     []string
	partitions []int
	yes        bool
	reason     string
	audit      string
}

// groupsResetCmd changes nothing without --yes. It commits for a group, and so handles
// events again or never: it prints how many before.
func (a *app) groupsResetCmd() *cobra.Command {
	var f resetFlags
	cmd := &cobra.Command{
		Use:   "reset GROUP",
		Short: "Set where a group that nobody is in begins",
		Long: `Reset sets which record a group handles next: the first that is left (earliest),
the next one to be written (latest), the first of a time (2026-11-01T00:00:00Z,
or 2d for two days ago) or an offset of one partition. It says how many offsets
would be handled again and how many never.

Without --yes it only says what it would do. With it, the group must have no
members: one that is running would commit over it. The reason and the id of the
run stay with each offset until the group's next commit, and eventctl groups
describe shows them; --json prints the offsets before and after, to be kept.

It concerns all topics that services.yaml or the group's commits name, but for
its redrive topics, unless --topic names one.`,
		Example: `  eventctl groups reset notifier --to latest
  eventctl groups reset notifier --to 2d --yes --reason "lost mails"
  eventctl groups reset audit-log --to 0 --topic todos --partition 2`,
		Args: exactly("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.resetGroup(cmd.Context(), args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "earliest, latest, a time, a time ago such as 2d, or an `OFFSET` of one partition; required")
	flags.StringSliceVar(&f.topics, "topic", nil, "only this `TOPIC`, or several")
	flags.IntSliceVar(&f.partitions, "partition", nil, "only this partition `N`, or several, of one --topic")
	flags.BoolVar(&f.yes, "yes", false, "do it; without this it is a dry run")
	flags.StringVar(&f.reason, "reason", "", "`WHY` it is done, kept with each offset; required with --yes")
	flags.StringVar(&f.audit, "audit", "", "append the audit record to this `FILE` (default: eventctl/audit.ndjson in the state directory)")
	return cmd
}

// target reads --to. A number is an offset, since times have a unit or a date.
func (f resetFlags) target(now time.Time) (groups.Target, error) {
	const want = "give earliest, latest, a time such as 2026-11-01T00:00:00Z, a time ago such as 2d, or an offset"
	switch f.to {
	case "":
		return groups.Target{}, usagef("--to is missing: %s", want)
	case "earliest":
		return groups.Target{Earliest: true}, nil
	case "latest":
		return groups.Target{Latest: true}, nil
	}
	if offset, err := strconv.ParseInt(f.to, 10, 64); err == nil {
		switch {
		case offset < 0:
			return groups.Target{}, usagef("--to %s: an offset is not below zero", f.to)
		case len(f.topics) != 1 || len(f.partitions) != 1:
			return groups.Target{}, usagef("--to %s is an offset, which means one partition: give --topic TOPIC --partition N", f.to)
		}
		return groups.Target{Offset: &offset}, nil
	}
	if ago, err := parseDuration(f.to); err == nil && ago > 0 {
		return groups.Target{Time: now.Add(-ago)}, nil
	}
	t, err := time.Parse(time.RFC3339, f.to)
	switch {
	case err != nil:
		return groups.Target{}, usagef("--to %q: %s", f.to, want)
	case t.After(now): // it would be latest, and silently
		return groups.Target{}, usagef("--to %s is in the future: give latest, to skip all that there is", f.to)
	case t.UnixMilli() < 0: // Kafka's own special values
		return groups.Target{}, usagef("--to %s is before 1970: give earliest", f.to)
	}
	return groups.Target{Time: t}, nil
}

func (f resetFlags) validate() error {
	switch {
	case f.yes && strings.TrimSpace(f.reason) == "":
		return usagef("--yes needs --reason WHY: it is kept with each offset")
	case len(f.reason) > groups.MaxReason || !utf8.ValidString(f.reason):
		return usagef("--reason has %d bytes: give UTF-8 text of at most %d", len(f.reason), groups.MaxReason)
	case len(f.partitions) > 0 && len(f.topics) != 1:
		return usagef("--partition is of one topic: give --topic TOPIC")
	}
	for _, t := range f.topics {
		if err := topicName(t); err != nil {
			return err
		}
	}
	return nil
}

// resetReport is what --json prints.
type resetReport struct {
	Run    string        `json:"run,omitempty"` // kept with each offset; empty for a dry run
	Group  string        `json:"group"`
	To     string        `json:"to"` // as it was asked for
	Reason string        `json:"reason,omitempty"`
	DryRun bool          `json:"dry_run"`
	Moves  []groups.Move `json:"moves"`
	Error  string        `json:"error,omitempty"` // also on stderr
}

func (a *app) resetGroup(ctx context.Context, name string, f resetFlags) error {
	to, err := f.target(time.Now())
	if err == nil {
		err = f.validate()
	}
	if err != nil {
		return err
	}
	conn, err := a.connection()
	if err != nil {
		return err
	}
	cat, err := a.catalogIfAny(ctx)
	if err != nil {
		return err
	}
	admin, err := conn.session.Admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	g, err := a.group(ctx, admin, cat, name)
	if err != nil {
		return err
	}
	places, err := f.places(ctx, admin, cat, g)
	if err != nil {
		return err
	}
	report := resetReport{Group: name, To: f.to, Reason: f.reason, DryRun: !f.yes}
	if report.Moves, err = groups.Plan(ctx, admin, places, to); err != nil {
		return err
	}
	switch {
	case g.Active(): // said of a dry run too: it could not be made
		err = groups.Active(g)
	case f.yes:
		report.Run = uuid.Must(uuid.NewV7()).String()
		err = a.auditedReset(ctx, conn, admin, &report, f)
	}
	if err != nil {
		report.Error = err.Error()
	}
	if printErr := a.printReset(report); printErr != nil && err == nil {
		err = printErr
	}
	return err
}

// auditedReset resets only what is on record before, with the offsets that were.
func (a *app) auditedReset(ctx context.Context, conn connection, admin *kafkaclient.Admin, report *resetReport, f resetFlags) error {
	path, err := a.auditPath(f.audit)
	if err != nil {
		return err
	}
	record := auditRecord{Command: "groups reset", State: "begins", Brokers: conn.Brokers, Report: *report}
	if err := audit(path, record); err != nil {
		return err
	}
	err = groups.Reset(ctx, admin, report.Group, report.Moves, report.Run, f.reason)
	record.State = "done"
	if err != nil {
		record.State, report.Error = "failed", err.Error()
	}
	record.Report = *report
	if auditErr := audit(path, record); auditErr != nil { // that it began is on record
		conn.note(auditErr.Error())
	}
	return err
}

// places are the partitions that are meant.
func (f resetFlags) places(ctx context.Context, admin *kafkaclient.Admin, cat *catalog.Catalog, g groups.Group) ([]groups.Place, error) {
	topics := f.topics
	if len(topics) == 0 && cat != nil {
		if _, own, ok := cat.Group(g.Name); ok {
			topics = existing(admin, groupTopics(cat, own))
		}
	}
	all, err := groups.Places(ctx, admin, g, topics)
	if err != nil {
		return nil, err
	}
	var out []groups.Place
	for _, p := range all {
		named := slices.Contains(f.topics, p.Topic)
		// What was redriven has been handled, or has failed again: to read it once more is
		// for whoever asks for it.
		if !named && (len(f.topics) > 0 || isRedriveOf(p.Topic, g.Name)) {
			continue
		}
		if len(f.partitions) == 0 || slices.Contains(f.partitions, int(p.Partition)) {
			out = append(out, p)
		}
	}
	for _, n := range f.partitions {
		if !slices.ContainsFunc(out, func(p groups.Place) bool { return int(p.Partition) == n }) {
			return nil, fmt.Errorf("topic %q has no partition %d", f.topics[0], n)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("group %q has no commits, and services.yaml names no topic that it reads: give --topic TOPIC", g.Name)
	}
	return out, nil
}

// isRedriveOf reports whether a topic is the redrive topic of a group.
func isRedriveOf(topic, group string) bool {
	source, ok := strings.CutSuffix(topic, event.RedriveTopic("", group))
	return ok && topicname.Valid(source)
}

func (a *app) printReset(r resetReport) error {
	if a.json {
		return terminal.JSON(a.stdout, r)
	}
	t := a.table("TOPIC", "PARTITION", "COMMITTED", "TO", "AGAIN", "NEVER", "")
	done := 0
	var again, skipped int64
	for _, m := range r.Moves {
		outcome := ""
		if m.Done {
			outcome = "reset"
			done++
		} else if !r.DryRun {
			outcome = "not reset"
		}
		if m.Done || r.DryRun {
			again, skipped = again+m.Again, skipped+m.Skipped
		}
		t.Add(m.Topic, fmt.Sprint(m.Partition), committedText(m.Place), fmt.Sprint(m.To), fmt.Sprint(m.Again), fmt.Sprint(m.Skipped), outcome)
	}
	if err := t.Print(a.stdout); err != nil {
		return err
	}
	summary := fmt.Sprintf("%d of %s reset: %s to be handled again, %d never", done, terminal.Count(len(r.Moves), "partition"), terminal.Count(int(again), "offset"), skipped)
	if r.DryRun {
		summary = fmt.Sprintf("dry run: %s would be reset, %s to be handled again, %d never (--yes --reason WHY does it)", terminal.Count(len(r.Moves), "partition"), terminal.Count(int(again), "offset"), skipped)
	}
	_, err := fmt.Fprintln(a.stdout, summary)
	return err
}
