package codec_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// The payload of docs/performance.md, alone: its JSON, its message, its rules, by generated
// code and by the libraries that are the reference.
func benchmarked() *todov1.TodoCreated {
	return &todov1.TodoCreated{
		TodoId: eventID, UserId: eventID, Title: "Buy milk, bread and something for dinner", Priority: proto.String("medium"),
		DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
}

func BenchmarkAppend(b *testing.B) {
	msg := benchmarked()
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		var e eventrt.Encoder
		buffer := make([]byte, 0, 1024)
		for b.Loop() {
			e.Reset(buffer, 1<<20, false)
			msg.Event_codec().Append(&e, msg)
			if _, ok := e.Bytes(); !ok {
				b.Fatal("unsure")
			}
		}
	})
	b.Run("protojson", func(b *testing.B) {
		b.ReportAllocs()
		buffer := make([]byte, 0, 1024)
		for b.Loop() {
			if _, err := (protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}).MarshalAppend(buffer, msg); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(benchmarked())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		var d eventrt.Decoder
		for b.Loop() {
			d.Reset(raw, 0, 1<<20, false)
			(*todov1.TodoCreated)(nil).Event_codec().Parse(&d)
			if !d.Sure() || !d.Ended() {
				b.Fatal("unsure")
			}
		}
	})
	b.Run("protojson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, new(todov1.TodoCreated)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	msg := benchmarked()
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !msg.Event_codec().Valid(msg) {
				b.Fatal("unsure")
			}
		}
	})
	b.Run("protovalidate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := protovalidate.Validate(msg); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What reading costs for each byte, as payloads grow. A megabyte of short texts is more than
// a payload may hold.
func BenchmarkReadBySize(b *testing.B) {
	p := torture(b, "flat")
	for name, one := range map[string]string{"long texts": `"` + strings.Repeat("x", 995) + `",`, "short texts": `"abc",`} {
		for _, size := range []int{200, 1_000, 10_000, 100_000, 300_000, 1_000_000} {
			if name == "short texts" && size > 300_000 {
				continue
			}
			members := `"id":"` + eventID + `","ss":[` + strings.Repeat(one, size/len(one)) + `"abc"]`
			rec := event.Record{Topic: p.fast.Topic.Name, Value: []byte("{" + metadata + "," + members + "}")}
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(rec.Value)))
				for b.Loop() {
					if _, _, err := event.Decode(rec); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
