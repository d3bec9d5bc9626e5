package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// milk is an event of the todo product, as a service makes one.
func milk() *todov1.TodoCreated {
	return &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
		UserId: "16d3ef8c-6b9f-477e-963a-647678e081ce",
		Title:  "Buy milk",
	}
}

// An outbox stores the record in the transaction that changes its data, and
// publishes it later. Topic, key, format and version come from the contract.
func ExampleEncode() {
	rec, err := event.Encode(context.Background(), milk(),
		event.WithSource("todo-api"),
		// Both are set by themselves: here, so that the output is always the same.
		event.WithID("019a0000-0000-7000-8000-000000000001"),
		event.WithTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("topic:", rec.Topic)
	fmt.Println("key:", string(rec.Key))
	var value bytes.Buffer
	if err := json.Indent(&value, rec.Value, "", "  "); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(value.String())
	// Output:
	// topic: todos
	// key: 75c3a7cf-305a-4632-99f7-e2a7eeb089cb
	// {
	//   "event_id": "019a0000-0000-7000-8000-000000000001",
	//   "event_type": "TodoCreated",
	//   "event_version": "1.0",
	//   "timestamp": "2026-01-02T03:04:05.000000Z",
	//   "correlation_id": "019a0000-0000-7000-8000-000000000001",
	//   "causation_id": null,
	//   "source": "todo-api",
	//   "todo_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
	//   "user_id": "16d3ef8c-6b9f-477e-963a-647678e081ce",
	//   "title": "Buy milk",
	//   "priority": "medium",
	//   "description": null,
	//   "due_date": null
	// }
}

// An event that breaks its contract is refused before anything is written. The
// error names fields and rules, and no values.
func ExampleEncode_invalid() {
	todo := milk()
	todo.Title = ""
	_, err := event.Encode(context.Background(), todo)

	var invalid *event.InvalidError
	fmt.Println(errors.Is(err, event.ErrInvalid), errors.As(err, &invalid))
	for _, v := range invalid.Violations {
		fmt.Println(v.Field, v.Rule)
	}
	// Output:
	// true true
	// title string.min_len
}

// An archive holds records of many types: Decode finds out which, from the
// contracts that are linked into the program.
func ExampleDecode() {
	rec, err := event.Encode(context.Background(), milk(), event.WithSource("todo-api"))
	if err != nil {
		fmt.Println(err)
		return
	}
	md, msg, err := event.Decode(rec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(md.Type, md.Version, "from", md.Source)
	switch msg := msg.(type) {
	case *todov1.TodoCreated:
		fmt.Println(msg.GetTitle(), "with priority", msg.GetPriority()) // the contract's default
	default:
		fmt.Println("another event")
	}

	// A record that cannot be read says why in one word of a closed set.
	_, _, err = event.Decode(event.Record{Topic: "todos", Value: []byte("milk")})
	fmt.Println(event.ReasonOf(err))
	// Output:
	// TodoCreated 1.0 from todo-api
	// Buy milk with priority medium
	// not_an_event
}

// Who knows the type gives the message. A record of another major is converted,
// one of another type refused.
func ExampleDecodeInto() {
	rec, err := event.Encode(context.Background(), milk())
	if err != nil {
		fmt.Println(err)
		return
	}
	var todo todov2.TodoCreated
	md, err := event.DecodeInto(rec, &todo)
	fmt.Println("written as", md.Version, "- read as major 2:", todo.GetTitle(), err)

	_, err = event.DecodeInto(rec, &todov1.TodoDeleted{})
	fmt.Println(event.ReasonOf(err))
	// Output:
	// written as 1.0 - read as major 2: Buy milk <nil>
	// unknown_type
}

// A package of conversions exports one for each direction between neighbours.
// ByName is for majors whose fields agree in name and type; Convert is for what
// needs code.
func ExampleConversions() {
	conversions := event.Conversions{
		event.ByName[*todov1.TodoCreated, *todov2.TodoCreated](),
		event.Convert(func(from *todov2.TodoCreated) (*todov1.TodoCreated, error) {
			return &todov1.TodoCreated{
				TodoId: from.GetTodoId(), UserId: from.GetUserId(), DueDate: from.GetDueDate(),
				Title: from.GetTitle() + " (from major 2)",
			}, nil
		}),
	}
	reader, err := event.NewReader([]proto.Message{(*todov1.TodoCreated)(nil)}, conversions...)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec, err := event.Encode(context.Background(), &todov2.TodoCreated{
		TodoId: milk().GetTodoId(), UserId: milk().GetUserId(), Title: "Buy milk",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	md, msg, err := reader.Read(rec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s as %T: %s\n", md.Version, msg, msg.(*todov1.TodoCreated).GetTitle())
	// Output:
	// 2.0 as *todov1.TodoCreated: Buy milk (from major 2)
}

// A consumer of its own, or one of another transport, reads a closed set of
// types. What it has no target for is told by the reason, so that the topic may
// carry other types.
func ExampleReader() {
	reader, err := event.NewReader([]proto.Message{(*todov1.TodoCreated)(nil), (*todov1.TodoDeleted)(nil)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	created, err := event.Encode(ctx, milk())
	if err != nil {
		fmt.Println(err)
		return
	}
	completed, err := event.Encode(ctx, &todov1.TodoCompleted{
		TodoId: milk().GetTodoId(), UserId: milk().GetUserId(), CompletedAt: timestamppb.Now(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rec := range []event.Record{created, completed, {Topic: "todos", Value: []byte(`{"event_type":`)}} {
		md, msg, err := reader.Read(rec)
		switch event.ReasonOf(err) {
		case "":
			fmt.Printf("%s: %T\n", md.Type, msg)
		case event.ReasonUnknownType:
			fmt.Printf("%s: skipped\n", md.Type)
		default:
			fmt.Println("dead letter:", err)
		}
	}
	// Output:
	// TodoCreated: *todov1.TodoCreated
	// TodoCompleted: skipped
	// dead letter: read record: not_an_event: the value is cut short at byte 14
}

// A tool that works on anybody's contracts makes a registry of descriptors,
// compiled or read from a file. Messages are dynamic there, unless their Go
// types are linked.
func ExampleNewRegistry() {
	registry, err := event.NewRegistry(protoregistry.GlobalFiles)
	if err != nil {
		fmt.Println(err) // every problem of every contract
		return
	}
	for _, contract := range registry.Contracts() {
		if contract.Type != "TodoCreated" {
			continue
		}
		fmt.Println(contract.Descriptor.FullName(), contract.Version(), "on", contract.Topic.Name, "by", contract.KeyPath)
	}
	topic, _ := registry.Topic("todos")
	fmt.Println(topic.Partitions, "partitions,", topic.KafkaConfig()["retention.ms"], "ms,", topic.Format)

	contract, err := registry.ContractOf((*todov1.TodoCreated)(nil))
	if err != nil {
		fmt.Println(err) // what is wrong with this contract
		return
	}
	key, err := contract.Key(milk())
	fmt.Println("key:", key, err)
	// Output:
	// events.todo.v1.TodoCreated 1.0 on todos by todo_id
	// events.todo.v2.TodoCreated 2.0 on todos by todo_id
	// 3 partitions, 604800000 ms, flat
	// key: 75c3a7cf-305a-4632-99f7-e2a7eeb089cb <nil>
}
