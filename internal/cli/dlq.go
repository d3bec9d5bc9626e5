package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func (a *app) dlqCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters and redrive them",
		Long: `A dead letter is a copy of a record that a consumer group could not handle, in
the topic TOPIC.GROUP.dlq, with the reason in its headers. To redrive it is to
send it to its group again, usually when what was wrong is mended.`,
		Example: `  eventctl dlq list
  eventctl dlq list todos.notifier.dlq
  eventctl dlq show todos.notifier.dlq 1/0
  eventctl dlq redrive todos.notifier.dlq`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.addKafkaFlags(cmd)
	cmd.AddCommand(a.dlqListCmd(), a.dlqShowCmd(), a.redriveCmd())
	return cmd
}

// letterFlags select dead letters. The values of one flag are alternatives, and a dead
// letter has to fit each flag that is given.
type letterFlags struct {
	reasons []string
	types   []string
	keys    []string
	ids     []string
	reveal  bool
}

// validate refuses reason codes that no consumer writes: a misspelled one would select
// nothing, which looks like a topic without such dead letters. Types are not checked,
// since there may be no contracts at hand.
func (f letterFlags) validate() error {
	var known []string
	for _, r := range event.Reasons() {
		known = append(known, string(r))
	}
	for _, r := range f.reasons {
		if !slices.Contains(known, r) {
			return usagef("--only-reason %q: give one of %s", r, strings.Join(known, ", "))
		}
	}
	return nil
}

func (f *letterFlags) add(cmd *cobra.Command) {
	// Arrays, because slices would be split at the commas of a value: keys and ids are
	// any text, and so are the types of letters that others wrote.
	flags := cmd.Flags()
	flags.StringArrayVar(&f.reasons, "only-reason", nil, "only dead letters with this `CODE`, such as invalid; may be repeated")
	flags.StringArrayVar(&f.types, "type", nil, "only events of this `TYPE`; may be repeated")
	flags.StringArrayVar(&f.keys, "key", nil, "only records with this `KEY`; may be repeated")
	flags.BoolVar(&f.reveal, "reveal", false, "show keys that are personal or secret")
	flags.StringArrayVar(&f.ids, "id", nil, "only this `ID`: an event id, a dlq-id or PARTITION/OFFSET; may be repeated")
}

// match reports whether a dead letter is selected. Keys are compared as they are,
// whether they may be shown or not.
func (f letterFlags) match(l recordview.Letter, r recordview.Record) bool {
	one := func(wanted []string, have string) bool { return len(wanted) == 0 || slices.Contains(wanted, have) }
	return one(f.reasons, l.Reason) && one(f.types, l.EventType) && one(f.keys, string(r.Key)) &&
		(len(f.ids) == 0 || slices.Contains(f.ids, l.ID) || slices.Contains(f.ids, l.EventID) || slices.Contains(f.ids, r.At()))
}

// dlqListCmd lists topics or, with the name of one, its dead letters: the first list is
// where the name for the second is found.
func (a *app) dlqListCmd() *cobra.Command {
	var f letterFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "list [TOPIC.GROUP.dlq]",
		Short: "List dead-letter topics, or the dead letters of one",
		Long: `List shows how many dead letters each dead-letter topic of the cluster holds, by
reason. With a topic it lists its dead letters, oldest first in each partition,
up to --limit of them.

What a letter says of its failure is shown as it is written, which whoever may
write to the topic may have done. What cannot be a letter of the topic's group
is called foreign.`,
		Example: `  eventctl dlq list
  eventctl dlq list todos.notifier.dlq
  eventctl dlq list todos.notifier.dlq --only-reason retries_exhausted`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("unexpected argument %q", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			if limit < 1 {
				return usagef("--limit %d: give at least 1", limit)
			}
			if len(args) > 0 {
				if err := deadLetterTopic(args[0]); err != nil {
					return err
				}
			}
			conn, err := a.connection()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.dlqOverview(cmd.Context(), conn, f)
			}
			return a.dlqList(cmd.Context(), conn, args[0], f, limit)
		},
	}
	// A letter takes about a kilobyte.
	cmd.Flags().IntVar(&limit, "limit", 10_000, "list at most `N` dead letters, of all partitions together")
	f.add(cmd)
	return cmd
}

// viewer shows records by the contracts, or without any where there are none: whoever is
// on call can look at letters and redrive them without a checkout. What may be personal
// is hidden then, which is said once. Contracts that cannot be read are an error, so that
// nobody takes them for none.
func (a *app) viewer(ctx context.Context, reveal bool) (recordview.Viewer, error) {
	cat, err := a.catalogIfAny(ctx)
	if err == nil && cat == nil && !reveal {
		a.note("no contracts are at hand, and what they might call personal is hidden: give --contracts DIR, or --reveal")
	}
	return recordview.Viewer{Catalog: cat, Reveal: reveal}, err
}

// keyViewer is a viewer of keys and headers alone, which --reveal needs no contracts for.
func (a *app) keyViewer(ctx context.Context, reveal bool) (recordview.Viewer, error) {
	if reveal {
		return recordview.Viewer{Reveal: true}, nil
	}
	v, err := a.viewer(ctx, false)
	if err != nil {
		err = fmt.Errorf("%w\n(--reveal needs no contracts: it shows personal keys)", err)
	}
	return v, err
}

// overview is one dead-letter topic.
type overview struct {
	Topic   string         `json:"topic"`
	Letters int            `json:"letters"`
	Reasons map[string]int `json:"reasons"`
}

// dlqOverview reads every dead-letter topic to its end, one after the other, since only
// the records tell their reasons. In a large cluster that takes a while.
//
// Kafka leaves a topic that this user may not describe out of its answer, without an
// error. Such a topic is not in the list.
func (a *app) dlqOverview(ctx context.Context, conn connection, f letterFlags) error {
	admin, err := conn.session.Admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	md, err := admin.Metadata()
	if err != nil {
		return err
	}
	all := []overview{}
	for _, name := range slices.Sorted(maps.Keys(md.Topics)) {
		if !topicname.IsDeadLetter(name) {
			continue
		}
		o := overview{Topic: name, Reasons: map[string]int{}}
		err := conn.read(ctx, kafkaclient.Reader{Topic: name}, func(r recordview.Record) error {
			if l := recordview.NewLetter(r, deadletter.Read(r.Record)); f.match(l, r) {
				o.Letters++
				o.Reasons[l.KnownReason()]++
			}
			return nil
		})
		if err != nil {
			return err
		}
		all = append(all, o)
	}
	if a.json {
		return terminal.JSON(a.stdout, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(a.stdout, "the cluster does not show any dead-letter topics to this user: eventctl topics apply creates those of services.yaml, and READ on them is needed to see them")
		return err
	}
	t := a.table("TOPIC", "LETTERS", "REASONS")
	for _, o := range all {
		var reasons []string
		for _, r := range slices.Sorted(maps.Keys(o.Reasons)) {
			reasons = append(reasons, fmt.Sprintf("%s %d", r, o.Reasons[r]))
		}
		t.Add(o.Topic, fmt.Sprint(o.Letters), strings.Join(reasons, ", "))
	}
	return t.Print(a.stdout)
}

// deadLetterTopic refuses a name that no dead-letter topic has, such as that of the
// source topic, before anything is read from it. Whether the topic exists, its reader
// finds out.
func deadLetterTopic(name string) error {
	if topicname.IsDeadLetter(name) {
		return topicName(name)
	}
	return usagef("%q is not a dead-letter topic: its name is %s (eventctl dlq list shows all)", name, topicname.DeadLetterForm)
}

// letters reads the selected dead letters of a topic, ordered by partition and offset, at
// most limit of them, and says how many there are. What view makes of each is kept until
// all are read, since partitions come as the cluster sends them, and the records are not:
// values may have a megabyte each.
func letters[T any](ctx context.Context, c connection, topic string, f letterFlags, limit int, view func(recordview.Letter, recordview.Record) T) (all []T, total int, err error) {
	byPartition := map[int32][]T{}
	err = c.read(ctx, kafkaclient.Reader{Topic: topic}, func(r recordview.Record) error {
		l := recordview.NewLetter(r, deadletter.Read(r.Record))
		if !f.match(l, r) {
			return nil
		}
		if total++; total <= limit {
			byPartition[r.Partition] = append(byPartition[r.Partition], view(l, r))
		}
		return nil
	})
	all = []T{} // [] in JSON if there are none
	for _, p := range slices.Sorted(maps.Keys(byPartition)) {
		all = append(all, byPartition[p]...)
	}
	return all, total, err
}

// toMillis cuts a header's time to milliseconds, which are enough for a list. What is
// not a time is shown as it is: anyone who may write to the topic may have written it.
func toMillis(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.UTC().Format("2006-01-02T15:04:05.999Z")
}

// dlqList lists the dead letters of one topic. The count goes to stderr, where it is
// no line of the table.
//
// What is beyond the limit is counted and not kept: memory does not grow with the topic.
func (a *app) dlqList(ctx context.Context, conn connection, topic string, f letterFlags, limit int) error {
	v, err := a.keyViewer(ctx, f.reveal)
	if err != nil {
		return err
	}
	all, total, err := letters(ctx, conn, topic, f, limit, func(l recordview.Letter, _ recordview.Record) recordview.Letter { return v.Letter(l) })
	if err != nil {
		return err
	}
	if len(all) < total {
		conn.note(fmt.Sprintf("%d of %s are listed: --only-reason, --type, --key and --id choose some, and --limit %d lists all", len(all), terminal.Count(total, "dead letter"), total))
	}
	if a.json {
		return terminal.JSON(a.stdout, all)
	}
	t := a.table("AT", "FAILED", "REASON", "TYPE", "KEY", "ATTEMPTS", "REDRIVEN", "ERROR (AS WRITTEN)")
	for _, l := range all {
		what := l.Cause
		// Why a redrive will refuse it. Its headers are only what a stranger wrote.
		if l.Foreign != "" {
			what = "foreign: " + l.Foreign
		}
		t.Add(fmt.Sprintf("%d/%d", l.Partition, l.Offset), cmp.Or(toMillis(l.FailedAt), "-"), cmp.Or(l.Reason, "-"), cmp.Or(l.EventType, "-"),
			terminal.Short(recordview.KeyText(l.Key), 40), cmp.Or(l.AttemptsText(), "-"), fmt.Sprint(l.Redriven), terminal.Short(what, 100))
	}
	if err := t.Print(a.stdout); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s\n", terminal.Count(total, "dead letter"))
	return nil
}
