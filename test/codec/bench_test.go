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

// What reading costs for each byte, as payloads grow, in each format. A megabyte of short
// texts is more than a payload may hold.
func BenchmarkReadBySize(b *testing.B) {
	bySize(b, []int{200, 1_000, 10_000, 100_000, 300_000, 1_000_000}, map[string]shape{
		"long texts":  {of: `"` + strings.Repeat("x", 995) + `",`, end: `"abc"]`},
		"short texts": {of: `"abc",`, end: `"abc"]`, most: 300_000},
	}, func(err error) bool { return err == nil })
}

// What refusing costs for each byte, as what is wrong grows, in each format: it must be as
// flat as what reading costs.
func BenchmarkRefuseBySize(b *testing.B) {
	bySize(b, []int{10_000, 100_000, 1_000_000}, map[string]shape{
		"a wrong last value":  {of: `"` + strings.Repeat("x", 995) + `",`, end: `1]`},
		"an open end":         {of: `"` + strings.Repeat("x", 995) + `",`, end: `"abc`, cut: true},
		"a rule":              {of: `"` + strings.Repeat("x", 995) + `",`, end: `""],"id":"x"`, id: true},
		"short texts, cut":    {of: `"abc",`, end: `"abc`, cut: true},
		"too many values":     {of: `"",`, end: `""]`, least: 1_000_000},
		"a wrong type behind": {of: `"` + strings.Repeat("x", 995) + `",`, end: `"a"],"s":1`},
		"escapes, half a one": {of: `"\u00e4\ud83e\udd5b",`, end: `"\ud83e"]`},
	}, func(err error) bool { return err != nil })
}

// shape is a list of texts in a payload.
type shape struct {
	of, end     string
	id          bool // end has the id
	cut         bool // nothing ends the record
	least, most int  // sizes; 0 has no bound
}

func bySize(b *testing.B, sizes []int, shapes map[string]shape, want func(error) bool) {
	b.Helper()
	for format := range formats {
		p := torture(b, format)
		for name, s := range shapes {
			for _, size := range sizes {
				if size < s.least || s.most > 0 && size > s.most {
					continue
				}
				id := `"id":"` + eventID + `",`
				if s.id {
					id = ""
				}
				rec, end := p.open(id + `"ss":[` + strings.Repeat(s.of, size/len(s.of)) + s.end)
				if !s.cut {
					rec.Value = append(rec.Value, end...)
				}
				b.Run(fmt.Sprintf("%s/%s/%d", format, strings.ReplaceAll(name, " ", "_"), size), func(b *testing.B) {
					b.SetBytes(int64(len(rec.Value)))
					b.ReportAllocs()
					for b.Loop() {
						if _, _, err := event.Decode(rec); !want(err) {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
