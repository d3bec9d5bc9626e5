package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// tailFlags say which records tail shows.
type tailFlags struct {
	lines       int // of the topic, not of each partition
	all         bool
	follow      bool
	reveal      bool
	headers     bool
	pretty      bool
	since       time.Duration // by the records' times, which are their producers' or the broker's
	types       []string
	key         string
	correlation string
	id          string
}

// tailCmd leaves nothing on the cluster: no group, no offset. It shows what is committed
// only (isolation.level read_committed), as the project's consumers do.
func (a *app) tailCmd() *cobra.Command {
	var f tailFlags
	cmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Show a topic's last events, decoded, and follow it",
		Long: `Tail shows the last records of a topic, decoded: the record's time, its
partition/offset, its key, type and version, and its payload. What cannot be
decoded is shown with the reason. Dead-letter and redrive topics are decoded by
the contracts of their source topic.

With --all, records of several partitions are in the order of their times as
far as 20,000 records or 32 MiB reach; of a larger topic that order is not kept
between partitions.

Without contracts (no buf.yaml upwards, no --contracts) it shows what records
say of themselves; --reveal shows their keys and values as they are.

With a filter the whole topic is searched for the last records that match
(--since bounds the search). Personal and secret fields are hidden unless
--reveal is given. Nothing is committed and no consumer group is joined.`,
		Example: `  eventctl tail todos -f --type TodoCreated
  eventctl tail todos --all --json | jq .data.title
  eventctl tail todos.notifier.dlq -n 3`,
		Args: exactly("TOPIC"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.tail(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.lines, "lines", "n", 10, "show the last `N` records; 0 for none")
	flags.BoolVar(&f.all, "all", false, "show every record that the topic holds")
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with what is published from now on, until interrupted")
	durationVar(flags, &f.since, "since", 0, "look at records of the last `DURATION` only, such as 90m or 1d")
	flags.StringArrayVar(&f.types, "type", nil, "only events of this `TYPE`; may be repeated")
	flags.StringVar(&f.key, "key", "", "only records with this `KEY`")
	flags.StringVar(&f.correlation, "correlation", "", "only events with this correlation `ID`, and the one that it is the id of")
	flags.StringVar(&f.id, "id", "", "only the event with this `ID`")
	flags.BoolVar(&f.headers, "headers", false, "show each record's headers below it; --json always has them")
	flags.BoolVar(&f.pretty, "pretty", false, "show payloads on lines of their own, indented; with --json all of it")
	flags.BoolVar(&f.reveal, "reveal", false, "show personal and secret fields")
	a.addKafkaFlags(cmd)
	return cmd
}

// filtered says whether a record can be left out for what is in it. Such a record has to
// be read, where --since and --lines choose by offsets.
func (f tailFlags) filtered() bool {
	return len(f.types) > 0 || f.key != "" || f.correlation != "" || f.id != ""
}

// missed says why nothing was shown.
func (f tailFlags) missed() string {
	if f.filtered() || f.since > 0 {
		return "matches"
	}
	return "can be read: it is empty"
}

// match selects by what a record says of itself, even if it cannot be decoded. A type is
// the wire type: all majors of it match.
func (f tailFlags) match(r recordview.Record, v recordview.View) bool {
	if len(f.types) > 0 && !slices.Contains(f.types, v.Type) {
		return false
	}
	if f.key != "" && string(r.Key) != f.key {
		return false
	}
	if f.id != "" && v.ID != f.id {
		return false
	}
	// The event that started it all may not carry its own id as correlation.
	return f.correlation == "" || v.Correlation == f.correlation || v.ID == f.correlation
}

// tail shows the last records and then, with -f, what follows them. With a filter it
// reads the whole topic: how far back so many matches are, nobody knows before.
func (a *app) tail(cmd *cobra.Command, topic string, f tailFlags) error {
	if err := topicName(topic); err != nil {
		return err
	}
	if f.lines < 0 {
		return usagef("--lines %d: give zero or more", f.lines)
	}
	if f.since < 0 {
		return usagef("--since %s: give how long ago, such as 90m or 1d", f.since)
	}
	if f.all && cmd.Flags().Changed("lines") { // the default of --lines gives way
		return usagef("--all and --lines exclude each other")
	}
	conn, err := a.connection()
	if err != nil {
		return err
	}
	viewer, err := a.viewer(cmd.Context(), f.reveal)
	if err != nil {
		return err
	}
	if cat := viewer.Catalog; cat != nil {
		if f.types, err = wireTypes(cat, f.types); err != nil {
			return err
		}
	}
	backlog := newBacklog(f)
	caughtUp, some := false, false
	r := kafkaclient.Reader{Topic: topic, CaughtUp: func() (bool, error) {
		caughtUp = true
		shown := backlog.rest()
		// On stderr, and exit code 0: nothing to show is an answer.
		if len(shown) == 0 && !some && !f.follow && (f.all || f.lines > 0) {
			fmt.Fprintf(a.stderr, "no record of topic %q %s\n", topic, f.missed())
		}
		return f.follow, a.printViews(shown, f)
	}}
	if f.since > 0 {
		r.Since = time.Now().Add(-f.since)
	}
	if !f.all && !f.filtered() {
		r.Last = int64(f.lines)
	}
	if !f.all && f.lines == 0 {
		r.AtEnd = true
	}
	err = conn.read(cmd.Context(), r, func(rec recordview.Record) error {
		v := viewer.View(rec)
		if !f.match(rec, v) {
			return nil
		}
		if caughtUp {
			return a.printViews([]recordview.View{v}, f)
		}
		early := backlog.add(v)
		some = some || len(early) > 0
		return a.printViews(early, f)
	})
	// Before it has caught up, not all was shown: then it is an interrupt like any other.
	if caughtUp && errors.Is(err, context.Canceled) {
		return nil // interrupted while following: that is how it ends
	}
	return err
}

// printViews prints one record a line, and below it its headers and its payload, if they
// are asked for. Its error, such as that of a closed pipe (eventctl tail … | head), ends
// the reading.
func (a *app) printViews(vs []recordview.View, f tailFlags) error {
	for _, v := range vs {
		if a.json {
			print := terminal.JSONLine
			if f.pretty {
				print = terminal.JSON
			}
			if err := print(a.stdout, v); err != nil {
				return err
			}
			continue
		}
		spans := v.Spans(!f.pretty)
		if f.headers {
			for _, line := range v.HeaderLines() {
				spans = append(spans, terminal.Span{Text: "\n    "}, terminal.Span{Style: terminal.Faint, Text: line})
			}
		}
		if f.pretty {
			spans = append(spans, terminal.Span{Text: v.PrettyPayload()})
		}
		if err := terminal.Print(a.stdout, append(spans, terminal.Span{Text: "\n"})...); err != nil {
			return err
		}
	}
	return nil
}
