package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// view is a record as it is shown.
type view struct {
	Topic     string     `json:"topic"`
	Partition int32      `json:"partition"`
	Offset    int64      `json:"offset"`
	Timestamp *time.Time `json:"timestamp,omitempty"`  // the record's own
	Key       *string    `json:"key"`                  // null for a record without one
	KeyBase64 string     `json:"key_base64,omitempty"` // of a key that is no UTF-8

	ID          string     `json:"event_id,omitempty"`
	Type        string     `json:"event_type,omitempty"`
	Version     string     `json:"event_version,omitempty"`
	Time        *time.Time `json:"event_time,omitempty"`
	Correlation string     `json:"correlation_id,omitempty"`
	Causation   string     `json:"causation_id,omitempty"`
	Source      string     `json:"source,omitempty"`

	Data json.RawMessage `json:"data,omitempty"` // the payload as JSON

	// What could not be decoded, and why. Value is its text, ValueBase64 its
	// bytes if they are no UTF-8; neither is there for a tombstone, or if the
	// record may hold what --reveal is needed for.
	Reason      string            `json:"reason,omitempty"`
	Error       string            `json:"error,omitempty"`
	Violations  []event.Violation `json:"violations,omitempty"`
	Value       *string           `json:"value,omitempty"`
	ValueBase64 string            `json:"value_base64,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"`
	Tombstone   bool              `json:"tombstone,omitempty"`
}

// viewer decodes records for people.
type viewer struct {
	catalog *catalog.Catalog
	reveal  bool // show personal and secret fields
}

func (v viewer) view(r record) view {
	out := view{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
	if !r.Timestamp.IsZero() {
		at := r.Timestamp.UTC()
		out.Timestamp = &at
	}
	out.Key, out.KeyBase64 = keyOfRecord(r)
	if r.Value == nil {
		out.Tombstone = true
		return out
	}
	rec := r.Record
	rec.Topic = deadletter.SourceTopic(r.Record)
	md, msg, err := v.catalog.Registry.Decode(rec)
	if err != nil {
		v.undecoded(&out, r, err)
		return out
	}
	out.metadata(md)
	if !v.reveal {
		msg = masked(msg)
		out.Key, out.KeyBase64 = v.key(rec.Topic, out.Type, out.Key, out.KeyBase64)
	}
	out.Data = payloadJSON(msg)
	return out
}

func (out *view) metadata(md event.Metadata) {
	out.ID, out.Type, out.Version = md.ID, md.Type, md.Version
	out.Correlation, out.Causation, out.Source = md.CorrelationID, md.CausationID, md.Source
	if !md.Time.IsZero() {
		at := md.Time.UTC()
		out.Time = &at
	}
}

func (v viewer) undecoded(out *view, r record, err error) {
	out.Reason, out.Error = string(event.ReasonOf(err)), err.Error()
	var ee *event.Error
	if errors.As(err, &ee) {
		out.metadata(ee.Metadata)
		out.Violations = ee.Violations
		if ee.Err != nil { // without what the other fields say
			out.Error = ee.Err.Error()
		}
	}
	source := deadletter.SourceTopic(r.Record)
	out.Key, out.KeyBase64 = v.key(source, out.Type, out.Key, out.KeyBase64)
	if !v.reveal && slices.ContainsFunc(v.mayBe(source, out.Type), func(k *event.Contract) bool { return descriptor.ReachesSensitive(k.Descriptor) }) {
		out.Hidden = true
		return
	}
	if utf8.Valid(r.Value) {
		text := string(r.Value)
		out.Value = &text
		return
	}
	out.ValueBase64 = base64.StdEncoding.EncodeToString(r.Value)
}

// payloadJSON is the message as compact JSON with the contract's field names.
func payloadJSON(m proto.Message) json.RawMessage {
	raw, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true, AllowPartial: true}.Marshal(m)
	if err != nil {
		raw, _ = json.Marshal("cannot be shown: " + err.Error())
		return raw
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil { // protojson varies its blanks on purpose
		return raw
	}
	return b.Bytes()
}

// line is the record on one line of a terminal.
func (out view) line() string {
	at := "-"
	if out.Timestamp != nil {
		at = out.Timestamp.Format("2006-01-02T15:04:05.000Z")
	}
	parts := []string{at, record{Partition: out.Partition, Offset: out.Offset}.at(), keyText(out.Key)}
	switch {
	case out.Tombstone:
		parts = append(parts, "(tombstone)")
	case out.Reason != "" || out.Error != "":
		parts = append(parts, "!"+out.Reason)
		if out.Type != "" {
			parts = append(parts, strings.TrimSpace(terminal.Short(out.Type, 64)+" "+terminal.Short(out.Version, 16)))
		}
		parts = append(parts, out.describeUndecoded())
	default:
		parts = append(parts, out.Type+" "+out.Version, string(out.Data))
	}
	for i := range parts {
		parts[i] = terminal.Printable(parts[i])
	}
	return strings.Join(parts, "  ")
}

func (out view) describeUndecoded() string {
	switch {
	case out.Hidden:
		return out.Error + " (value hidden: it may hold personal or secret fields; --reveal shows it)"
	case out.Value != nil:
		return out.Error + ": " + terminal.Short(*out.Value, 400)
	default:
		return out.Error + ": base64 " + terminal.Short(out.ValueBase64, 400)
	}
}

// keyOfRecord is the key as JSON can hold it.
func keyOfRecord(r record) (text *string, binary string) {
	if r.Key == nil {
		return nil, ""
	}
	key := string(r.Key)
	if !utf8.ValidString(key) {
		binary = base64.StdEncoding.EncodeToString(r.Key)
	}
	return &key, binary
}

func keyText(key *string) string {
	switch {
	case key == nil:
		return "(no key)"
	case *key == "":
		return "(empty key)"
	default:
		return *key
	}
}
