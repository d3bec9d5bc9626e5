package gate

import (
	"context"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Witness makes records that show what breaks: one side's registry writes each as a
// producer does, and the other side's reads it as a consumer does.
type Witness struct {
	before, after *event.Registry
	examples      map[exampleKey][]proto.Message
}

type exampleKey struct {
	registry *event.Registry
	event    protoreflect.FullName
}

// NewWitness makes a witness of two states. Of one whose contracts are not sound there is
// no registry: nil.
func NewWitness(before, after *event.Registry) *Witness {
	return &Witness{before, after, map[exampleKey][]proto.Message{}}
}

// newWitness makes one of two states whose registries are only made if a record is asked
// for.
func newWitness(before, after *loaded) func() *Witness {
	return sync.OnceValue(func() *Witness { return NewWitness(before.registry(), after.registry()) })
}

// recordID is the event's id in records that are made, which nobody publishes.
const recordID = "00000000-0000-4000-8000-000000000000"

// Record is a payload that the writer of a finding writes, and what becomes of it: how its
// reader refuses it, or reads something else. There is none where either side is not sound,
// where none is found, or where the reader takes it: nothing is shown that did not happen.
func (w *Witness) Record(f compat.Finding) (payload []byte, became string) {
	e := f.Evidence
	if e == nil || w.before == nil || w.after == nil {
		return nil, ""
	}
	ways := []bool{f.Promise == compat.Forward}
	if f.Promise == compat.Both {
		ways = []bool{false, true}
	}
	for _, forward := range ways {
		writer, reader := w.before, w.after
		if forward {
			writer, reader = reader, writer
		}
		for _, base := range w.examplesOf(writer, e.Event) {
			m := proto.Clone(base)
			if !e.Put(m.ProtoReflect(), forward) {
				continue
			}
			became := played(writer, reader, m, forward)
			if became == "" {
				continue
			}
			if raw, err := fixture.JSON(writer, m); err == nil {
				return raw, became
			}
		}
	}
	return nil, ""
}

// Breaks is what becomes of the first fixture of the old state that the new one's reader
// refuses or reads otherwise, or the other way round if forward is set; "" if there is none.
func (w *Witness) Breaks(forward bool) string {
	writer, reader := w.before, w.after
	if forward {
		writer, reader = reader, writer
	}
	for _, k := range writer.Contracts() {
		for _, m := range w.examplesOf(writer, k.Descriptor.FullName()) {
			if became := played(writer, reader, m, forward); became != "" {
				return became
			}
		}
	}
	return ""
}

// record is Record for people.
func (w *Witness) record(f compat.Finding) (payload, became string) {
	raw, became := w.Record(f)
	if raw == nil {
		return "", ""
	}
	return shortened(raw), became
}

// played is what becomes of a message that one side writes and the other reads: "" if it
// may not be written, or is understood.
func played(writer, reader *event.Registry, m proto.Message, forward bool) string {
	rec, err := writer.Encode(context.Background(), m, event.WithSource("/gate"), event.WithID(recordID))
	if err != nil {
		return ""
	}
	_, own, err := writer.Decode(rec)
	if err != nil {
		return ""
	}
	return readAs(reader, rec, own.ProtoReflect(), forward)
}

// examplesOf are valid events of a state, the fullest first: its fixtures, which unlike
// other examples are the same each time.
func (w *Witness) examplesOf(r *event.Registry, name protoreflect.FullName) []proto.Message {
	key := exampleKey{r, name}
	if known, ok := w.examples[key]; ok {
		return known
	}
	var out []proto.Message
	for _, k := range r.Contracts() {
		if k.Descriptor.FullName() != name {
			continue
		}
		set, err := fixture.Of(r, k)
		if err != nil {
			continue
		}
		for _, f := range set.Files {
			if f.Rule != "" {
				continue
			}
			if m, broken, err := fixture.Read(r, k, f.Content); err == nil && len(broken) == 0 {
				out = append(out, m)
			}
		}
	}
	w.examples[key] = out
	return out
}
