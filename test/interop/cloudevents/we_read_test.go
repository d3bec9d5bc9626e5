//go:build interop

package cloudevents_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	ce "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

const (
	todoID = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	userID = "16d3ef8c-6b9f-477e-963a-647678e081ce"
)

// foreign is an event that an SDK writes, and what becomes of it here.
type foreign struct {
	name       string
	attributes map[string]string // beside id, type and source; "-" leaves one out
	bytes      bool              // the payload is given as bytes of JSON
	reason     event.Reason      // of its dead letter, "" if it is handled
}

func foreigns() []foreign {
	return []foreign{
		{name: "least"},
		{name: "payload as bytes", bytes: true},
		{name: "time with an offset", attributes: map[string]string{"time": "2026-11-24T10:30:00.123456+01:00"}},
		{name: "texts", attributes: map[string]string{"source": "urn:shop:%C3%A4", "correlationid": "Grüße “%41” 名前 😀", "causationid": "x y"}},
		{name: "further attributes", attributes: map[string]string{"subject": "a/b", "dataschema": "https://example.com/s", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}},
		{name: "charset", attributes: map[string]string{"datacontenttype": "application/json; charset=utf-8"}},
		{name: "without eventversion", attributes: map[string]string{"eventversion": "-"}, reason: event.ReasonUndecodable},
		{name: "major that nobody knows", attributes: map[string]string{"eventversion": "9.0"}, reason: event.ReasonUnsupportedVersion},
	}
}

// filled are all attributes of the event, its id new.
func (f foreign) filled() map[string]string {
	out := map[string]string{
		"id": uuid.NewString(), "type": "TodoCreated", "source": "/python", "time": "2026-11-24T09:30:00.123456+00:00",
		"datacontenttype": "application/json", "eventversion": "1.0", "partitionkey": todoID,
	}
	maps.Copy(out, f.attributes)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "-" })
	return out
}

var foreignData = map[string]any{
	"todo_id": todoID, "user_id": userID, "title": `Milch — 牛乳 😀 "100%"`, "priority": "high", "due_date": "2026-12-24T18:30:00Z", "unknown": []int{1},
}

const foreignText = `{"todo_id":"` + todoID + `","user_id":"` + userID + `","title":"Milch — 牛乳 😀 \"100%\"","priority":"high","due_date":"2026-12-24T18:30:00Z","unknown":[1]}`

func foreignTodo() *todov1.TodoCreated {
	priority := "high"
	return &todov1.TodoCreated{
		TodoId: todoID, UserId: userID, Title: `Milch — 牛乳 😀 "100%"`, Priority: &priority,
		DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
}

// delivery is an event that was handled, or its dead letter's reason.
type delivery struct {
	msg    *todov1.TodoCreated
	md     event.Metadata
	at     eventbus.Receipt
	reason event.Reason
}

// handler runs a consumer of TodoCreated. The function that it returns waits
// for what became of an event.
func handler(t *testing.T, group string) func(id string) delivery {
	t.Helper()
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	letters := follow(t, event.DeadLetterTopic("todos", group))
	deliveries := make(chan delivery, 1024)
	note := func(ctx context.Context, msg *todov1.TodoCreated) error {
		md, _ := event.MetadataFrom(ctx)
		d, _ := eventbus.DeliveryFrom(ctx)
		select {
		case deliveries <- delivery{msg: msg, md: md, at: eventbus.Receipt{Partition: d.Partition, Offset: d.Offset}}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: interop.Brokers()}, Group: group, Handlers: []eventbus.Handler{eventbus.Handle(note)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	seen := map[string]delivery{}
	return func(id string) delivery {
		t.Helper()
		end := time.After(patience)
		for {
			if d, ok := seen[id]; ok {
				return d
			}
			select {
			case d := <-deliveries:
				seen[d.md.ID] = d
			case letter := <-letters:
				md, _ := event.Head(letter)
				for _, h := range letter.Headers {
					if h.Key == "dlq-reason" {
						seen[md.ID] = delivery{md: md, reason: event.Reason(h.Value)}
					}
				}
			case <-end:
				t.Fatalf("nothing has become of event %s", id)
			}
		}
	}
}

// check compares what became of an event with what was written.
func check(t *testing.T, f foreign, attributes map[string]string, got delivery) {
	t.Helper()
	if got.reason != f.reason {
		t.Fatalf("reason %q, want %q", got.reason, f.reason)
	}
	if f.reason != "" {
		return
	}
	at, err := time.Parse(time.RFC3339Nano, attributes["time"])
	if err != nil {
		t.Fatal(err)
	}
	want := event.Metadata{
		ID: attributes["id"], Type: "TodoCreated", Version: "1.0", Time: at.UTC(), Source: attributes["source"],
		CorrelationID: attributes["correlationid"], CausationID: attributes["causationid"],
	}
	if diff := cmp.Diff(want, got.md); diff != "" {
		t.Errorf("metadata (-written +handled):\n%s", diff)
	}
	if diff := cmp.Diff(foreignTodo(), got.msg, protocmp.Transform()); diff != "" {
		t.Errorf("payload (-written +handled):\n%s", diff)
	}
	if key := string(recordAt(t, "todos", got.at).Key); key != todoID {
		t.Errorf("key %q, want that of partitionkey", key)
	}
}

func TestWeReadGo(t *testing.T) {
	of := handler(t, "reads-go-"+uuid.NewString())
	sender, err := kafka_sarama.NewSender(interop.Brokers(), sarama.NewConfig(), "todos")
	if err != nil {
		t.Fatal(err)
	}
	client, err := ce.NewClient(sender)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sender.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	rows := append(foreigns(), foreign{name: "without time", attributes: map[string]string{"time": "-"}, reason: event.ReasonUndecodable})
	for name, force := range map[string]func(context.Context) context.Context{"structured": binding.WithForceStructured, "binary": binding.WithForceBinary} {
		for _, f := range rows {
			t.Run(f.name+"/"+name, func(t *testing.T) {
				attributes := f.filled()
				e := goEvent(t, attributes, f.bytes)
				if result := client.Send(force(t.Context()), e); !ce.IsACK(result) {
					t.Fatal(result)
				}
				check(t, f, attributes, of(attributes["id"]))
			})
		}
	}
}

func goEvent(t *testing.T, attributes map[string]string, asBytes bool) ce.Event {
	t.Helper()
	e := ce.NewEvent()
	for name, value := range attributes {
		switch name {
		case "id":
			e.SetID(value)
		case "type":
			e.SetType(value)
		case "source":
			e.SetSource(value)
		case "subject":
			e.SetSubject(value)
		case "dataschema":
			e.SetDataSchema(value)
		case "datacontenttype": // with the data
		case "time":
			at, err := time.Parse(time.RFC3339Nano, value)
			if err != nil {
				t.Fatal(err)
			}
			e.SetTime(at)
		default:
			e.SetExtension(name, value)
		}
	}
	var data any = foreignData
	if asBytes {
		data = []byte(foreignText)
	}
	if err := e.SetData(attributes["datacontenttype"], data); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWeReadPython(t *testing.T) {
	of := handler(t, "reads-python-"+uuid.NewString())
	writer := interop.Python(t, "cloudevents/write.py")
	for _, api := range []string{"core", "v1"} {
		for _, mode := range []string{"structured", "binary"} {
			for _, f := range foreigns() {
				t.Run(f.name+"/"+api+"/"+mode, func(t *testing.T) {
					attributes := f.filled()
					request := map[string]any{"api": api, "mode": mode, "topic": "todos", "attributes": attributes, "data": foreignData}
					if f.bytes {
						request["bytes"] = foreignText
					}
					writer.Send(request)
					var at struct{ Offset int64 }
					writer.Next(&at)
					check(t, f, attributes, of(attributes["id"]))
				})
			}
		}
	}
}
