package recordview

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// View is a record as it is shown. Its JSON names are those of --json.
type View struct {
	Topic     string     `json:"topic"`
	Partition int32      `json:"partition"`
	Offset    int64      `json:"offset"`
	Timestamp *time.Time `json:"timestamp,omitempty"`  // the record's own
	Key       *string    `json:"key"`                  // null for a record without one
	KeyBase64 string     `json:"key_base64,omitempty"` // of a key that is not UTF-8
	Headers   []Header   `json:"headers,omitempty"`

	ID          string     `json:"event_id,omitempty"`
	Type        string     `json:"event_type,omitempty"`
	Version     string     `json:"event_version,omitempty"`
	Time        *time.Time `json:"event_time,omitempty"`
	Correlation string     `json:"correlation_id,omitempty"`
	Causation   string     `json:"causation_id,omitempty"`
	Source      string     `json:"source,omitempty"`

	Data json.RawMessage `json:"data,omitempty"` // the payload as JSON

	// What could not be decoded, and why. Value is its text, ValueBase64 its
	// bytes if they are not UTF-8; neither is there for a tombstone, or if the
	// record may hold what --reveal is needed for.
	Reason      string            `json:"reason,omitempty"`
	Error       string            `json:"error,omitempty"`
	Violations  []event.Violation `json:"violations,omitempty"`
	Value       *string           `json:"value,omitempty"`
	ValueBase64 string            `json:"value_base64,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"`
	Tombstone   bool              `json:"tombstone,omitempty"`
}

// Viewer decodes records for people. Without contracts, as its zero value is, it shows
// what records say of themselves, and hides what contracts might call personal.
type Viewer struct {
	Catalog *catalog.Catalog
	Reveal  bool // show personal and secret fields
}

// View decodes a record by its topic's contracts; that of a dead letter or a
// redriven record by those of its source topic.
func (v Viewer) View(r Record) View {
	out := View{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
	if !r.Timestamp.IsZero() {
		at := r.Timestamp.UTC()
		out.Timestamp = &at
	}
	rec := r.Record
	rec.Topic = deadletter.SourceTopic(r.Record)
	foreignKey := false
	if r.Value == nil {
		out.Tombstone = true
	} else if md, msg, err := v.registry().Decode(rec); err != nil {
		v.undecoded(&out, rec, r.Topic, err)
	} else {
		out.metadata(md)
		foreignKey = v.foreignKey(rec, msg)
		out.Data = payloadJSON(msg, v.Catalog.Registry.Types(), v.Reveal)
	}
	// Last, because the type says which contract the key may be of.
	out.Key, out.KeyBase64 = r.jsonKey()
	typ := out.Type
	if out.Error != "" {
		typ = "" // it is claimed
	}
	out.Key, out.KeyBase64 = v.key(rec.Topic, typ, out.Key, out.KeyBase64)
	if foreignKey && out.Key != nil {
		hidden := disclosure.Hidden
		out.Key, out.KeyBase64 = &hidden, ""
	}
	out.Headers = v.Headers(r, typ)
	return out
}

// metadata takes over what an event says of itself, which may be a part of it if it
// could not be decoded.
func (out *View) metadata(md event.Metadata) {
	out.ID, out.Type, out.Version = md.ID, md.Type, md.Version
	out.Correlation, out.Causation, out.Source = md.CorrelationID, md.CausationID, md.Source
	if !md.Time.IsZero() {
		at := md.Time.UTC()
		out.Time = &at
	}
}

// none are no contracts: what a record says of itself is read, and no payload.
var none = sync.OnceValue(func() *event.Registry {
	r, _ := event.NewRegistry(&protoregistry.Files{}) // nothing can be wrong with it
	return r
})

func (v Viewer) registry() *event.Registry {
	if v.Catalog == nil {
		return none()
	}
	return v.Catalog.Registry
}

// undecoded says why a record of a source topic is not an event, and shows its bytes
// if they may be seen. It was found in the topic found.
func (v Viewer) undecoded(out *View, rec event.Record, found string, err error) {
	out.Reason, out.Error = string(event.ReasonOf(err)), err.Error()
	var ee *event.Error
	if errors.As(err, &ee) {
		out.metadata(ee.Metadata)
		out.Violations = ee.Violations
		if ee.Err != nil { // without what the other fields say
			out.Error = ee.Err.Error()
		}
	}
	if v.Catalog == nil && event.ReasonOf(err) == event.ReasonUnknownType {
		out.Error = "no contracts are at hand (--contracts DIR)"
	}
	// The type is what the record claims, and its value may be of another: all of the topic
	// count, and of the one that it is in, since a header may name another.
	if v.hides(rec.Topic, "") || v.hides(found, "") {
		out.Hidden = true
		return
	}
	if utf8.Valid(rec.Value) {
		text := string(rec.Value)
		out.Value = &text
		return
	}
	out.ValueBase64 = base64.StdEncoding.EncodeToString(rec.Value)
}
