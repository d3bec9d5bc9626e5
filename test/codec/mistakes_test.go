package codec_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	envelopev1 "github.com/eventcontracts/eventcontracts/test/codec/torture/envelope/v1"
	namesv1 "github.com/eventcontracts/eventcontracts/test/codec/torture/names/v1"
)

// Of several mistakes in one event the same is told with generated code as without, which
// once told what it met first: a header before a time that cannot be written.
func TestWhichOfSeveralMistakesIsTold(t *testing.T) {
	t.Parallel()
	badTime := &timestamppb.Timestamp{Nanos: -1}
	ids := []event.Option{event.WithID(eventID), event.WithTime(time.Unix(at, 0)), event.WithSource("/codec")}
	for name, row := range map[string]struct {
		format string
		set    func(*envelopev1.Torture)
		opts   []event.Option
	}{
		"a header and a time":             {"envelope", func(m *envelopev1.Torture) { m.At = badTime }, []event.Option{event.WithHeader("dlq-x", "")}},
		"a header and text":               {"envelope", func(m *envelopev1.Torture) { m.S = "\xff" }, []event.Option{event.WithHeader("dlq-x", "")}},
		"a header and a rule":             {"envelope", func(m *envelopev1.Torture) { m.Id = "x" }, []event.Option{event.WithHeader("ce_x", "")}},
		"a header, a rule and text":       {"envelope", func(m *envelopev1.Torture) { m.Id, m.S = "x", "\xff" }, []event.Option{event.WithHeader("ce_x", "")}},
		"a correlation id and a rule":     {"envelope", func(m *envelopev1.Torture) { m.Id = "x" }, []event.Option{event.WithCorrelation(string(make([]byte, 300)))}},
		"an empty key and text":           {"envelope", func(m *envelopev1.Torture) { m.Id, m.S = "", "\xff" }, nil},
		"a map with two wrong texts":      {"envelope", func(m *envelopev1.Torture) { m.UuidBy = map[string]string{"a": "x", "b": "y"} }, nil},
		"an unknown field and a rule":     {"envelope", func(m *envelopev1.Torture) { m.Id = "x"; m.ProtoReflect().SetUnknown([]byte{0xf8, 0x7f, 1}) }, nil},
		"an unknown field and a header":   {"envelope", func(m *envelopev1.Torture) { m.ProtoReflect().SetUnknown([]byte{0xf8, 0x7f, 1}) }, []event.Option{event.WithHeader("dlq-x", "")}},
		"a value without kind and a text": {"envelope", func(m *envelopev1.Torture) { m.S = "\xff"; m.At = badTime }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			msg := &envelopev1.Torture{Id: eventID}
			row.set(msg)
			p := torture(t, row.format)
			_, fast := event.Encode(context.Background(), msg, append(ids, row.opts...)...)
			slow := func() error {
				_, err := p.ref.Encode(context.Background(), p.twin(msg), append(ids, row.opts...)...)
				return err
			}
			if fast == nil {
				t.Fatal("it is written")
			}
			sameError(t, name, fast, slow)
		})
	}
	t.Run("a key that is no attribute, and a header", func(t *testing.T) {
		t.Parallel()
		msg := &namesv1.Names{String_: "a\x01", Validate: "\xff"}
		for _, p := range pairs(t) {
			if p.name() != "codec.names.v1.Names" {
				continue
			}
			opts := append(ids, event.WithHeader("dlq-x", ""))
			_, fast := event.Encode(context.Background(), msg, opts...)
			sameError(t, "names", fast, func() error {
				_, err := p.ref.Encode(context.Background(), p.twin(msg), opts...)
				return err
			})
		}
	})
}
