package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// shown is a dead letter with everything that is known of it.
type shown struct {
	recordview.Letter

	Headers []recordview.Header `json:"headers"`
	Record  recordview.View     `json:"record"`
}

// mostShown are the dead letters of one event that are shown. Each is kept with its value,
// of a megabyte or more.
const mostShown = 100

// dlqShowCmd reads the whole topic: an event id may be anywhere in it.
func (a *app) dlqShowCmd() *cobra.Command {
	var reveal, pretty bool
	cmd := &cobra.Command{
		Use:   "show TOPIC.GROUP.dlq PARTITION/OFFSET|ID",
		Short: "Show one dead letter: why it failed, its headers and its payload",
		Long: `Show prints everything that is known of one dead letter, named by its place in
the dead-letter topic, its event id or its dlq-id. An event that died several
times is shown as often. Without contracts its payload is not decoded.`,
		Example: `  eventctl dlq show todos.notifier.dlq 1/0
  eventctl dlq show todos.notifier.dlq notifier/todos/1/17 --reveal`,
		Args: exactly("TOPIC.GROUP.dlq", "PARTITION/OFFSET|ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := deadLetterTopic(args[0]); err != nil {
				return err
			}
			conn, err := a.connection()
			if err != nil {
				return err
			}
			v, err := a.viewer(cmd.Context(), reveal)
			if err != nil {
				return err
			}
			// The same event may have died several times: all of them are shown, since
			// which one is meant nobody can know.
			all, total, err := letters(cmd.Context(), conn, args[0], letterFlags{ids: []string{args[1]}}, mostShown, func(l recordview.Letter, r recordview.Record) shown {
				record := v.View(r)
				record.Headers = nil // shown once
				return shown{Letter: v.Letter(l), Headers: v.Headers(r, l.ReadType()), Record: record}
			})
			if err != nil {
				return err
			}
			// Not a wrong usage: retention may have taken what a list showed before.
			if len(all) == 0 {
				return fmt.Errorf("%s holds no dead letter %q: eventctl dlq list %s shows all", args[0], args[1], args[0])
			}
			if len(all) < total {
				conn.note(fmt.Sprintf("the first %d of %s are shown: PARTITION/OFFSET names one", len(all), terminal.Count(total, "dead letter")))
			}
			if a.json {
				return terminal.JSON(a.stdout, all)
			}
			for i, s := range all {
				if i > 0 {
					fmt.Fprintln(a.stdout)
				}
				if err := a.printShown(s, pretty); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&pretty, "pretty", false, "show the payload indented")
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show personal and secret fields")
	return cmd
}

// printShown prints everything that is known: first what the headers mean, then the
// headers as they are, which a support case needs. The value comes last, because it
// may be long.
func (a *app) printShown(s shown, pretty bool) error {
	if err := terminal.FieldsWithin(a.stdout, a.width, [][2]string{
		{"dead letter", fmt.Sprintf("%d/%d", s.Partition, s.Offset)},
		{deadletter.HeaderID, s.ID},
		{"reason", s.Reason},
		{"error (as written)", s.Cause},
		{"foreign", s.Foreign},
		{"event", strings.TrimSpace(s.EventType + " " + s.EventID)},
		{"key", recordview.KeyText(s.Key)},
		{"source topic", s.Topic},
		{"failed on", strings.TrimSpace(s.FromTopic + " " + s.From)},
		{"first trip", s.Origin},
		{"group", s.Group},
		{"handler", s.Handler},
		{"attempts", s.AttemptsText()},
		{"first failed", s.FirstAt},
		{"failed", s.FailedAt},
		{"redriven before", fmt.Sprint(s.Redriven)},
	}); err != nil {
		return err
	}
	if len(s.Violations) > 0 {
		fmt.Fprintln(a.stdout, "violations (as written):")
		for _, v := range s.Violations {
			fmt.Fprintf(a.stdout, "  %s\n", terminal.Printable(recordview.ViolationText(v)))
		}
	}
	fmt.Fprintln(a.stdout, "headers:")
	for _, h := range s.Headers {
		fmt.Fprintf(a.stdout, "  %s: %s\n", terminal.Printable(h.Key), terminal.Printable(h.Text()))
	}
	fmt.Fprintln(a.stdout, "record:")
	spans := append([]terminal.Span{{Text: "  "}}, s.Record.Spans(!pretty)...)
	if pretty {
		spans = append(spans, terminal.Span{Text: s.Record.PrettyPayload()})
	}
	return terminal.Print(a.stdout, append(spans, terminal.Span{Text: "\n"})...)
}
