package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// witness makes records that show what breaks: one side's registry writes each as a
// producer does, and the other side's reads it as a consumer does.
type witness struct {
	before, after *loaded
	examples      map[string]proto.Message
}

func newWitness(before, after *loaded) *witness {
	return &witness{before, after, map[string]proto.Message{}}
}

// recordID is the event's id in records that are made, which nobody publishes.
const recordID = "00000000-0000-4000-8000-000000000000"

// maxRecord is how much of a payload is shown.
const maxRecord = 400

// record is a payload in which the field of the evidence has its value, and what the
// reader says of it. There is none where either side is not sound, where no example can
// be made, or where the reader takes it: nothing is shown that did not happen.
func (w *witness) record(f compat.Finding) (payload, refused string) {
	e := f.Evidence
	if e == nil || w.before.registry == nil || w.after.registry == nil {
		return "", ""
	}
	writer, reader := w.before, w.after
	if f.Promise == compat.Forward {
		writer, reader = reader, writer
	}
	msg := w.example(writer, e.Event)
	if msg == nil {
		return "", ""
	}
	m := proto.Clone(msg).ProtoReflect()
	if !e.Put(m) {
		return "", ""
	}
	rec, err := writer.registry.Registry.Encode(context.Background(), m.Interface(), event.WithSource("/gate"), event.WithID(recordID))
	if err != nil {
		return "", ""
	}
	_, _, err = reader.registry.Registry.Decode(rec)
	var bad *event.Error
	if !errors.As(err, &bad) {
		return "", ""
	}
	raw, err := fixture.JSON(writer.registry.Registry, m.Interface())
	if err != nil {
		return "", ""
	}
	return shortened(raw), bad.Error()
}

// example is a valid event of a state.
func (w *witness) example(l *loaded, name protoreflect.FullName) proto.Message {
	key := fmt.Sprintf("%p %s", l, name)
	if m, ok := w.examples[key]; ok {
		return m
	}
	w.examples[key] = nil
	for _, k := range l.registry.Contracts() {
		if k.Descriptor.FullName() == name {
			// The first fixture is the valid one; unlike an example it is the same each time.
			set, err := fixture.Of(l.registry.Registry, k)
			if err != nil || len(set.Files) == 0 || set.Files[0].Rule != "" {
				return nil
			}
			if m, broken, err := fixture.Read(l.registry.Registry, k, set.Files[0].Content); err == nil && len(broken) == 0 {
				w.examples[key] = m
			}
		}
	}
	return w.examples[key]
}

// shortened is a payload on one line, with long texts cut: what matters of them is how
// long they are.
func shortened(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	out, err := json.Marshal(cutTexts(v))
	if err != nil || len(out) > maxRecord {
		return fmt.Sprintf("%.*s…", maxRecord, out)
	}
	return string(out)
}

func cutTexts(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > 60 {
			return fmt.Sprintf("%.20s… (%d bytes)", v, len(v))
		}
	case map[string]any:
		for k, e := range v {
			v[k] = cutTexts(e)
		}
	case []any:
		for i, e := range v {
			v[i] = cutTexts(e)
		}
		if len(v) > 5 {
			return append(v[:5], fmt.Sprintf("… (%d elements)", len(v)))
		}
	}
	return v
}
