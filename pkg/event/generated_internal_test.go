package event

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
)

// The codec alone, with metadata: what is left of Encode when the id, the time and the
// memory of the record are there.
func BenchmarkRecordIntoBuffer(b *testing.B) {
	const id = "01890a5d-ac96-774b-bcce-b302099a8057"
	msg := &todov1.TodoCreated{
		TodoId: id, UserId: id, Title: "Buy milk, bread and something for dinner", Priority: proto.String("medium"),
		DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
	c, err := ContractOf(msg)
	if err != nil {
		b.Fatal(err)
	}
	md := Metadata{ID: id, Type: c.Type, Version: c.Version(), Time: time.Now().UTC(), CorrelationID: id, Source: "todo-api"}
	buffer := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if !c.codec.surelyValid(msg) {
			b.Fatal("unsure")
		}
		if _, err := c.codec.generated().append(appendMetadata(buffer, &md), msg, true); err != nil {
			b.Fatal(err)
		}
	}
}
