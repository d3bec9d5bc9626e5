package event_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// borders are one of hoard for each price of limits.go.
var borders = []string{
	"ints", "texts", "field mask", "any of a list", "map of numbers", "map of messages", "messages", "struct", "list of values", "times", "wrapped",
}

// The largest event of each kind that its writer accepts is read, equal; with one value
// more the writer refuses it, and so does a reader the bytes that it would have written.
func TestG7_TheBorderOfWriterAndReaderIsOneValueWide(t *testing.T) {
	t.Parallel()
	for _, format := range formats[:1] { // flat, which has more around a payload than the others
		r := memoryRegistry(t, format)
		for _, f := range hoard {
			if !slices.Contains(borders, f.name) {
				continue // TestG7_LimitsOfWriterAndReaderAgree has all, less closely
			}
			t.Run(format+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				low, high := 10, 20_000
				for ; high <= 1<<20; low, high = high, 2*high {
					if _, err := f.encode(t, r, high); err != nil {
						break
					}
				}
				if high > 1<<20 {
					t.Fatal("a megabyte of it is accepted")
				}
				// Bytes of JSON, of which a value has several.
				for high-low > 1 {
					if n := (low + high) / 2; accepts(f.encode(t, r, n)) {
						low = n
					} else {
						high = n
					}
				}
				largest, err := f.encode(t, r, low)
				if err != nil {
					t.Fatal(err)
				}
				accepted, refused := f.message(t, r, low), f.message(t, r, high)
				if _, got, err := r.Decode(largest); err != nil || !proto.Equal(accepted, got) {
					t.Errorf("what is written at the limit is not read as it was: %v", err)
				}
				before, after := f.json(t, accepted), f.json(t, refused)
				if len(after) <= len(before) || len(after)-len(before) > 200 {
					t.Errorf("%d and %d bytes: more than one value is between them", len(before), len(after))
				}
				if n := bytes.Count(largest.Value, before); n != 1 {
					t.Fatalf("the value is %d times in the record", n)
				}
				beyond := largest
				beyond.Value = bytes.Replace(largest.Value, before, after, 1)
				if _, _, err := r.Decode(beyond); event.ReasonOf(err) != event.ReasonUndecodable {
					t.Errorf("beyond the writer's limit the reader says %v", err)
				}
			})
		}
	}
}

func accepts(_ event.Record, err error) bool { return err == nil }

// message is the event that encode writes.
func (f costlyField) message(t *testing.T, r *event.Registry, n int) proto.Message {
	t.Helper()
	for _, c := range r.Contracts() {
		if c.Type == f.of {
			msg := dynamicpb.NewMessage(c.Descriptor)
			payload := `{"id":"` + todoID + `","` + f.field + `":` + f.fill(n) + "}"
			if err := (protojson.UnmarshalOptions{RecursionLimit: 10_000}).Unmarshal([]byte(payload), msg); err != nil {
				t.Fatal(err)
			}
			return msg
		}
	}
	t.Fatalf("no event %s", f.of)
	return nil
}

// json is the field as it is in a record.
func (f costlyField) json(t *testing.T, msg proto.Message) []byte {
	t.Helper()
	alone := msg.ProtoReflect().New()
	fd := alone.Descriptor().Fields().ByName(protoreflect.Name(f.field))
	alone.Set(fd, msg.ProtoReflect().Get(fd))
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(alone.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()[1 : b.Len()-1]
}
