package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

type publishFlags struct {
	major       int
	source      string
	id          string
	at          string
	correlation string
	headers     []string
	dryRun      bool
}

func (a *app) publishCmd() *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish TYPE JSON|-",
		Short: "Publish events given as JSON",
		Long: `Publish validates a payload against its contract, writes it in its topic's format
and returns when all in-sync replicas have it. With "-" it reads any number of
JSON objects from its input and publishes them in order, up to the first error.`,
		Example: `  eventctl publish ReminderDismissed '{"reminder_id": "…", "todo_id": "…", "user_id": "…", "dismissed_at": "2026-01-02T15:04:05Z"}'
  eventctl publish TodoCreated - < todos.ndjson`,
		Args: exactly("TYPE", "JSON|-"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.publish(cmd.Context(), args[0], args[1], f) },
	}
	flags := cmd.Flags()
	flags.IntVar(&f.major, "major", 0, "major version `N` (default: the highest)")
	flags.StringVar(&f.source, "source", "eventctl", "`URI` of the event's source")
	flags.StringVar(&f.id, "id", "", "event `ID` instead of a new one")
	flags.StringVar(&f.at, "time", "", "event `TIME` (RFC 3339) instead of now")
	flags.StringVar(&f.correlation, "correlation", "", "correlation `ID` (default: the event's own id)")
	flags.StringArrayVar(&f.headers, "header", nil, "`KEY=VALUE` to add; may be repeated")
	flags.BoolVar(&f.dryRun, "dry-run", false, "validate and show the record, publish nothing; needs no broker")
	a.addKafkaFlags(cmd)
	return cmd
}

func (f publishFlags) options() ([]event.Option, error) {
	opts := []event.Option{event.WithSource(f.source)}
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

// published is what is said about one event.
type published struct {
	EventID   string `json:"event_id"`
	Type      string `json:"event_type"`
	Version   string `json:"event_version"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"` // −1 if the broker only confirmed a duplicate
}

func (a *app) publish(ctx context.Context, name, payload string, f publishFlags) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	var in io.Reader = strings.NewReader(payload)
	if payload == "-" {
		in = a.stdin
		if f.id != "" {
			return usagef("--id is for one event: leave it out when reading from the input")
		}
	}
	var conn connection
	if !f.dryRun {
		if conn, err = a.connection(); err != nil {
			return err
		}
	}
	cat, err := a.load(ctx)
	if err != nil {
		return err
	}
	k, err := contract(cat, name, f.major)
	if err != nil {
		return err
	}
	send := a.showRecord
	if !f.dryRun {
		p, err := conn.newSender()
		if err != nil {
			return err
		}
		defer p.close() // every publish has its outcome already
		send = func(k *event.Contract, rec event.Record) error {
			return a.sendRecord(p, k, rec)
		}
	}
	return a.publishAll(ctx, cat, k, in, opts, send)
}

func (a *app) publishAll(ctx context.Context, cat *catalog.Catalog, k *event.Contract, in io.Reader, opts []event.Option,
	send func(*event.Contract, event.Record) error,
) error {
	dec := json.NewDecoder(in)
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			if n == 1 {
				return usagef("no payload: give a JSON object")
			}
			return nil
		} else if err != nil {
			return usagef("payload %d is not JSON: %w", n, err)
		}
		msg := dynamicpb.NewMessage(k.Descriptor)
		if err := (protojson.UnmarshalOptions{RecursionLimit: 64}).Unmarshal(raw, msg); err != nil {
			return fmt.Errorf("payload %d does not fit %s %s: %w (eventctl describe %s shows its fields)", n, k.Type, k.Version(), err, k.Type)
		}
		rec, err := cat.Registry.Encode(ctx, msg, opts...)
		if err == nil {
			err = send(k, rec)
		}
		if err != nil {
			return fmt.Errorf("payload %d: %w", n, err)
		}
	}
}

func (a *app) sendRecord(p *sender, k *event.Contract, rec event.Record) error {
	at, err := p.send(rec.Topic, record{Record: rec})
	if err != nil {
		return err
	}
	md, err := event.Head(rec)
	if err != nil {
		return err
	}
	out := published{EventID: md.ID, Type: k.Type, Version: k.Version(), Topic: rec.Topic, Partition: at.Partition, Offset: int64(at.Offset)}
	if a.json {
		return printJSONLine(a.stdout, out)
	}
	_, err = fmt.Fprintf(a.stdout, "published %s %s %s to %s %d/%d\n", out.Type, out.Version, printable(out.EventID), out.Topic, out.Partition, out.Offset)
	return err
}

// showRecord is what a dry run does.
func (a *app) showRecord(_ *event.Contract, rec event.Record) error {
	if a.json {
		headers := []shownHeader{}
		for _, h := range rec.Headers {
			headers = append(headers, showHeader(h.Key, h.Value))
		}
		key := string(rec.Key)
		return printJSONLine(a.stdout, struct {
			Topic   string        `json:"topic"`
			Key     *string       `json:"key"`
			Headers []shownHeader `json:"headers"`
			Value   string        `json:"value"`
		}{rec.Topic, map[bool]*string{true: &key}[rec.Key != nil], headers, string(rec.Value)})
	}
	fmt.Fprintf(a.stdout, "topic: %s\nkey: %s\n", printable(rec.Topic), printable(string(rec.Key)))
	for _, h := range rec.Headers {
		fmt.Fprintf(a.stdout, "header: %s: %s\n", printable(h.Key), printable(string(h.Value)))
	}
	_, err := fmt.Fprintf(a.stdout, "value: %s\n", printable(string(rec.Value)))
	return err
}
