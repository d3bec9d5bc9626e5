package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// publishFlags say what an event has beside its payload.
type publishFlags struct {
	major       int
	source      string
	id          string
	at          string
	correlation string
	headers     []string
	dryRun      bool
	example     bool
	pretty      bool
}

// publishCmd uses the Producer of services, not a client of its own: what is refused or
// accepted by hand is refused or accepted in production.
func (a *app) publishCmd() *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish TYPE [JSON|-]",
		Short: "Publish events given as JSON",
		Long: `Publish validates a payload against its contract, writes it in its topic's
format and returns when all in-sync replicas have it. With "-" it reads any
number of JSON objects from its input and publishes them in order, up to the
first error. The first is checked before anything connects.

With --example what a payload leaves out is filled in: every field has a value
that looks like one, ids are new, and times are now or around it. Without a
payload the whole event is an example; null leaves a field out.

It is the producer that services use: what it refuses here, it refuses there.
An event's size is checked when it is sent, not by --dry-run.`,
		Example: `  eventctl publish TodoCreated --example
  eventctl publish TodoCreated --example --dry-run
  eventctl publish AuditLogout \
    '{"user_id": "3bef3d62-1869-4156-912c-d74879a3549f", "occurred_at": "2026-01-02T15:04:05Z"}'
  eventctl publish TodoCreated - < todos.ndjson
  eventctl publish TodoCreated --example '{"title": "Buy bread"}'`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.example && len(args) == 1:
				return nil
			case len(args) == 1:
				return errors.New("JSON|- is missing: give a payload, or --example")
			}
			return exactly("TYPE", "JSON|-")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.publish(cmd.Context(), args[0], append(args[1:], "{}")[0], f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.major, "major", 0, "major version `N` (default: the highest)")
	// The default tells readers that no service published the event.
	flags.StringVar(&f.source, "source", "eventctl", "`URI` of the event's source")
	// To publish an event of unknown outcome again is safe with its id: readers know
	// the duplicate by it.
	flags.StringVar(&f.id, "id", "", "event `ID` instead of a new one")
	flags.StringVar(&f.at, "time", "", "event `TIME` (RFC 3339) instead of now")
	flags.StringVar(&f.correlation, "correlation", "", "correlation `ID` (default: the event's own id)")
	// An array, because a slice would be split at the commas of a value.
	flags.StringArrayVar(&f.headers, "header", nil, "`KEY=VALUE` to add; may be repeated")
	flags.BoolVar(&f.example, "example", false, "fill in what the payload leaves out")
	flags.BoolVar(&f.dryRun, "dry-run", false, "validate and show the record, publish nothing; needs no broker")
	flags.BoolVar(&f.pretty, "pretty", false, "show the value of --dry-run indented")
	a.addKafkaFlags(cmd)
	return cmd
}

// options are the flags as package event takes them. Only what cannot be read at all
// is refused here; what an event may not have, Encode says.
func (f publishFlags) options() ([]event.Option, error) {
	if f.source == "" {
		return nil, usagef("--source is empty: give a URI of the event's source, such as a service's name")
	}
	var opts []event.Option
	if f.id != "" {
		opts = append(opts, event.WithID(f.id))
	}
	if f.correlation != "" {
		opts = append(opts, event.WithCorrelation(f.correlation))
	}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339Nano, f.at)
		if err != nil {
			return nil, usagef("--time %q: give a time like 2026-01-02T15:04:05Z", f.at)
		}
		opts = append(opts, event.WithTime(at))
	}
	for _, h := range f.headers {
		key, value, ok := strings.Cut(h, "=")
		if !ok || key == "" {
			return nil, usagef("--header %q: give KEY=VALUE", h)
		}
		opts = append(opts, event.WithHeader(key, value))
	}
	return opts, nil
}

// published is the receipt of one event, as --json prints it: all in-sync replicas have
// the event at this place.
type published struct {
	EventID   string    `json:"event_id"`
	Type      string    `json:"event_type"`
	Version   string    `json:"event_version"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"` // −1 if the broker only confirmed a duplicate
	Timestamp time.Time `json:"timestamp"`
}

// publish checks everything that needs no cluster before it connects: a mistake in a
// payload is told at once, also where no broker answers.
func (a *app) publish(ctx context.Context, name, payload string, f publishFlags) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	in := payloads{text: strings.NewReader(payload)}
	if payload == "-" {
		in.text, in.many = a.stdin, true
		if f.id != "" { // all events would be duplicates of the first
			return usagef("--id is for one event: leave it out when reading from the input")
		}
	}
	cat, err := a.load(ctx)
	if err != nil {
		return err
	}
	if in.contract, err = contract(cat, name, f.major); err != nil {
		return err
	}
	in.types = cat.Registry.Types()
	if f.example {
		in.example = func() (proto.Message, error) { return fixture.Example(cat.Registry, in.contract, f.now()) }
	}
	// Checked as the producer checks it, before there is one.
	encode := func(msg proto.Message) (event.Record, error) {
		rec, err := cat.Registry.Encode(ctx, msg, append([]event.Option{event.WithSource(f.source)}, opts...)...)
		return rec, flagProblemOf(in.contract, err)
	}
	if f.dryRun {
		return in.each(ctx, func(msg proto.Message) error {
			rec, err := encode(msg)
			if err != nil {
				return err
			}
			return a.showRecord(rec, f.pretty)
		})
	}
	var p *eventbus.Producer
	// Every publish has its outcome by now, or was told to be indeterminate when an
	// interrupt ended its wait: then Close has an ended ctx, and waits for no outcome.
	defer func() {
		if p != nil {
			_ = p.Close(ctx)
		}
	}()
	return in.each(ctx, func(msg proto.Message) error {
		if p == nil {
			if _, err := encode(msg); err != nil {
				return err
			}
			conn, err := a.connection()
			if err != nil {
				return err
			}
			if p, err = conn.producer(ctx, cat.Registry, in.contract, f.source); err != nil {
				return err
			}
		}
		receipt, err := p.Publish(ctx, msg, opts...)
		if err != nil {
			return err
		}
		return a.printReceipt(in.contract, receipt)
	})
}

// flagProblemOf names the flag instead of the metadata that it sets. A payload that
// breaks rules stays as it is, for who prints those.
func flagProblemOf(k *event.Contract, err error) error {
	var invalid *event.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Violations) > 0 {
		return err
	}
	text := invalid.Err.Error()
	for what, flag := range map[string]string{"source ": "--source ", "event id ": "--id ", "correlation id ": "--correlation "} {
		if rest, ok := strings.CutPrefix(text, what); ok {
			text = flag + rest
		}
	}
	return fmt.Errorf("publish %s: %s", k.Type, text)
}

// now is when an example happens: when its event does.
func (f publishFlags) now() time.Time {
	if at, err := time.Parse(time.RFC3339Nano, f.at); err == nil {
		return at
	}
	return time.Now()
}

// producer connects.
func (c connection) producer(ctx context.Context, registry *event.Registry, k *event.Contract, source string) (*eventbus.Producer, error) {
	// NewProducer asks too, but does not know what the user calls a setting.
	if err := c.session.Reach(ctx); err != nil {
		return nil, err
	}
	return c.newProducer(registry, k, source)
}

// newProducer is the producer that services use, on somebody's contracts. It is told of
// one event, so that its start asks the cluster about that event's topic alone. A person
// waits for it: sending gives up earlier than a service would.
func (c connection) newProducer(registry *event.Registry, k *event.Contract, source string) (*eventbus.Producer, error) {
	cfg := eventbus.ProducerConfig{
		Connection: c.Connection, Registry: registry, Events: []proto.Message{dynamicpb.NewMessage(k.Descriptor)}, Source: source,
		ConnectTimeout: c.timeout, MessageTimeout: kafkaclient.SendTimeout,
		MaxRecordBytes: max(1<<20, k.Topic.MaxBytes),  // the topic's limit decides
		Logger:         slog.New(slog.DiscardHandler), // outcomes tell what went wrong
	}
	p, err := eventbus.NewProducer(cfg)
	if err != nil {
		return nil, fmt.Errorf("publish %s: %w", k.Type, publishProblems(err))
	}
	return p, nil
}

// publishProblems are the problems of a producer's configuration, for those who
// gave flags instead. The connection's are not among them: it was checked, by the names
// of its flags, before.
func publishProblems(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !errors.Is(err, eventbus.ErrConfig) {
		return err
	}
	var out []error
	for _, problem := range joined.Unwrap() {
		switch field, cause := config.FieldOf(problem); {
		case errors.Is(problem, eventbus.ErrConfig):
		case field == "Events": // the one event whose publishing fails
			out = append(out, cause)
		case field == "Source":
			out = append(out, fmt.Errorf("--source %w", cause)) // "is …"
		default:
			out = append(out, problem)
		}
	}
	return errors.Join(out...)
}

// printReceipt prints each event as it is acknowledged, so that of a stream that is
// interrupted nobody has to guess what was sent.
func (a *app) printReceipt(k *event.Contract, r eventbus.Receipt) error {
	out := published{
		EventID: r.EventID, Type: k.Type, Version: k.Version(), Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp,
	}
	if a.json {
		return terminal.JSONLine(a.stdout, out)
	}
	_, err := fmt.Fprintf(a.stdout, "published %s %s %s to %s %d/%d\n", out.Type, out.Version, terminal.Printable(out.EventID), out.Topic, out.Partition, out.Offset)
	return err
}

// showRecord is what a dry run does. It hides nothing: the payload is the user's own.
func (a *app) showRecord(rec event.Record, pretty bool) error {
	if a.json {
		headers := append([]recordview.Header{}, recordview.Headers(rec.Headers)...) // [] in JSON if there are none
		key := string(rec.Key)
		return terminal.JSONLine(a.stdout, struct {
			Topic   string              `json:"topic"`
			Key     *string             `json:"key"`
			Headers []recordview.Header `json:"headers"`
			Value   string              `json:"value"`
		}{rec.Topic, map[bool]*string{true: &key}[rec.Key != nil], headers, string(rec.Value)})
	}
	fmt.Fprintf(a.stdout, "topic: %s\nkey: %s\n", terminal.Printable(rec.Topic), terminal.Printable(string(rec.Key)))
	for _, h := range rec.Headers {
		fmt.Fprintf(a.stdout, "header: %s: %s\n", terminal.Printable(h.Key), terminal.Printable(string(h.Value)))
	}
	value := terminal.Printable(string(rec.Value))
	var indented bytes.Buffer
	if pretty && json.Indent(&indented, rec.Value, "", "  ") == nil {
		value = "\n" + terminal.PrintableLines(indented.String())
	} else {
		value = " " + value
	}
	_, err := fmt.Fprintf(a.stdout, "value:%s\n", value)
	return err
}
