package event_test

import (
	"context"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// benchmarked is the TodoCreated of docs/performance.md: a flat record of ~470 B.
func benchmarked() *todov1.TodoCreated {
	return &todov1.TodoCreated{
		TodoId: todoID, UserId: userID, Title: "Buy milk, bread and something for dinner", Priority: proto.String("medium"),
		DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
}

// What encoding costs without us: the floor for BenchmarkEncode.
func BenchmarkFloorEncode(b *testing.B) {
	b.ReportAllocs()
	msg, v := benchmarked(), protovalidate.GlobalValidator
	marshal := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}
	for b.Loop() {
		if err := v.Validate(msg); err != nil {
			b.Fatal(err)
		}
		if _, err := marshal.Marshal(msg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	ctx, msg := context.Background(), benchmarked()
	source := event.WithSource("todo-api")
	for b.Loop() {
		rec, err := event.Encode(ctx, msg, source)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(rec.Value)))
	}
}

// What reading costs without us: the floor for BenchmarkRead.
func BenchmarkFloorRead(b *testing.B) {
	b.ReportAllocs()
	v := protovalidate.GlobalValidator
	payload, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(benchmarked())
	if err != nil {
		b.Fatal(err)
	}
	unmarshal := protojson.UnmarshalOptions{DiscardUnknown: true}
	for b.Loop() {
		var msg todov1.TodoCreated
		if err := unmarshal.Unmarshal(payload, &msg); err != nil {
			b.Fatal(err)
		}
		if err := v.Validate(&msg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	rec, err := event.Encode(context.Background(), benchmarked(), event.WithSource("todo-api"))
	if err != nil {
		b.Fatal(err)
	}
	rd, err := event.NewReader([]proto.Message{&todov1.TodoCreated{}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(rec.Value)))
	for b.Loop() {
		if _, _, err := rd.Read(rec); err != nil {
			b.Fatal(err)
		}
	}
}

// A record of a type that nobody handles is looked over, and not decoded.
func BenchmarkReadUnhandled(b *testing.B) {
	b.ReportAllocs()
	rec, err := event.Encode(context.Background(), benchmarked(), event.WithSource("todo-api"))
	if err != nil {
		b.Fatal(err)
	}
	rd, err := event.NewReader([]proto.Message{&todov1.TodoDeleted{}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(rec.Value)))
	for b.Loop() {
		if _, _, err := rd.Read(rec); event.ReasonOf(err) != event.ReasonUnknownType {
			b.Fatal(err)
		}
	}
}
