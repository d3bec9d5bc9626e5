package codec_test

import (
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
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
