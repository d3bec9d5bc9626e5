package codec_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
	_ "github.com/eventcontracts/eventcontracts/test/codec/torture/binary/v1"
	_ "github.com/eventcontracts/eventcontracts/test/codec/torture/envelope/v1"
	_ "github.com/eventcontracts/eventcontracts/test/codec/torture/flat/v1"
	_ "github.com/eventcontracts/eventcontracts/test/codec/torture/names/v1"
	_ "github.com/eventcontracts/eventcontracts/test/codec/torture/structured/v1"
)

// reference has the linked contracts once more, of descriptors that no Go type is of: its
// messages are dynamic, and have no generated code.
var reference = sync.OnceValues(func() (*event.Registry, error) {
	files, err := descriptor.Variant(protoregistry.GlobalFiles, func(*eventcontractsv1.TopicOptions) {},
		func(protoreflect.FullName, *eventcontractsv1.EventOptions) bool { return true })
	if err != nil {
		return nil, err
	}
	return event.NewRegistry(files)
})

// pair is one contract, with generated code and without.
type pair struct {
	fast, slow *event.Contract
	ref        *event.Registry
}

// pairs are all contracts that are linked.
func pairs(t testing.TB) []pair {
	t.Helper()
	ref, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	slow := map[protoreflect.FullName]*event.Contract{}
	for _, c := range ref.Contracts() {
		slow[c.Descriptor.FullName()] = c
	}
	var out []pair
	for _, c := range event.Linked().Contracts() {
		out = append(out, pair{c, slow[c.Descriptor.FullName()], ref})
	}
	if len(out) < 31 {
		t.Fatalf("%d contracts are linked", len(out))
	}
	return out
}

func (p pair) name() string { return string(p.fast.Descriptor.FullName()) }

// new is an empty message of the linked Go type.
func (p pair) new(t testing.TB) eventrt.Message {
	t.Helper()
	m, ok := descriptor.TypeOf(p.fast.Descriptor).New().Interface().(eventrt.Message)
	if !ok {
		t.Fatalf("%s has no codec", p.name())
	}
	return m
}

// twin is msg as a message of the reference. It is copied by reflection, since binary
// protobuf has no text that is not UTF-8.
func (p pair) twin(msg proto.Message) *dynamicpb.Message {
	for _, c := range p.ref.Contracts() { // a changed record may be one of another contract
		if c.Descriptor.FullName() == msg.ProtoReflect().Descriptor().FullName() {
			p.slow = c
		}
	}
	out := dynamicpb.NewMessage(p.slow.Descriptor)
	copyMessage(out, msg.ProtoReflect())
	return out
}

func copyMessage(to, from protoreflect.Message) {
	to.SetUnknown(from.GetUnknown())
	from.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		own := to.Descriptor().Fields().ByNumber(fd.Number())
		value := func(v protoreflect.Value, empty func() protoreflect.Value, m protoreflect.MessageDescriptor) protoreflect.Value {
			if m == nil {
				return v
			}
			out := empty()
			copyMessage(out.Message(), v.Message())
			return out
		}
		switch {
		case fd.IsMap():
			m := to.Mutable(own).Map()
			v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
				m.Set(k, value(e, m.NewValue, fd.MapValue().Message()))
				return true
			})
		case fd.IsList():
			l := to.Mutable(own).List()
			for i := range v.List().Len() {
				l.Append(value(v.List().Get(i), l.NewElement, fd.Message()))
			}
		default:
			to.Set(own, value(v, func() protoreflect.Value { return to.NewField(own) }, fd.Message()))
		}
		return true
	})
}

// sure reports whether generated code would have written msg.
func sure(msg eventrt.Message) bool {
	var e eventrt.Encoder
	e.Reset(nil, 8<<20, false)
	msg.Event_codec().Append(&e, msg)
	_, ok := e.Bytes()
	return ok && msg.Event_codec().Valid(msg)
}

const (
	eventID = "01890a5d-ac96-774b-bcce-b302099a8057"
	at      = 1_790_000_000
)

// sameError compares what two errors say. Of several mistakes the reference may tell any,
// where it goes through fields in no order: it is asked again before it is held against.
func sameError(t testing.TB, what string, fast error, slow ...func() error) {
	t.Helper()
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return string(event.ReasonOf(err)) + " " + err.Error()
	}
	for i := range 200 {
		if text(slow[min(i, len(slow)-1)]()) == text(fast) {
			return
		}
	}
	t.Fatalf("%s: the reference says %q, and with generated code %q", what, text(slow[0]()), text(fast))
}

// sameMessage compares a message of the reference with one of a Go type.
func (p pair) sameMessage(t testing.TB, what string, slow, fast proto.Message) {
	t.Helper()
	if twin := p.twin(fast); !proto.Equal(slow, twin) {
		t.Fatalf("%s: (-reference +generated)\n%s", what, cmp.Diff(slow, proto.Message(twin), protocmp.Transform()))
	}
}
