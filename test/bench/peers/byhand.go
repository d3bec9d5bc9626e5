package peers

import (
	"encoding/json"
	"fmt"
	"time"

	"buf.build/go/protovalidate"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	googleuuid "github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// byHand is what a team writes without a framework: protovalidate, protojson, and
// encoding/json for the metadata, around the raw client at its best.
var byHand = Peer{
	Name:    "confluent-kafka-go, protojson and protovalidate by hand",
	Source:  "settings.go, as raw; protovalidate.GlobalValidator, https://pkg.go.dev/buf.build/go/protovalidate",
	Publish: byHandPublish,
	Callers: 1, Publishes: 80_000, Consumes: 70_000,
	Consume: byHandConsume,
}

// handMetadata is the metadata of the flat format, in its order.
type handMetadata struct {
	ID            string    `json:"event_id"`
	Type          string    `json:"event_type"`
	Version       string    `json:"event_version"`
	Time          time.Time `json:"timestamp"`
	CorrelationID string    `json:"correlation_id"`
	CausationID   *string   `json:"causation_id"`
	Source        string    `json:"source"`
}

// handEncode validates an event and writes its record's value.
func handEncode(msg *todov1.TodoCreated) ([]byte, error) {
	if err := protovalidate.Validate(msg); err != nil {
		return nil, err
	}
	id, err := googleuuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	head, err := json.Marshal(handMetadata{ID: id.String(), Type: "TodoCreated", Version: "1.0", Time: time.Now().UTC(), CorrelationID: id.String(), Source: source})
	if err != nil {
		return nil, fmt.Errorf("write the metadata: %w", err)
	}
	head[len(head)-1] = ',' // instead of }
	payload, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(msg)
	if err != nil {
		return nil, fmt.Errorf("write the payload: %w", err)
	}
	return append(head, payload[1:]...), nil
}

// handDecode reads and validates a record's value.
func handDecode(value []byte) (*todov1.TodoCreated, error) {
	var head handMetadata
	if err := json.Unmarshal(value, &head); err != nil {
		return nil, fmt.Errorf("read the metadata: %w", err)
	}
	if head.Type != "TodoCreated" {
		return nil, fmt.Errorf("unexpected type %q", head.Type)
	}
	msg := new(todov1.TodoCreated)
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(value, msg); err != nil {
		return nil, fmt.Errorf("read the payload: %w", err)
	}
	return msg, protovalidate.Validate(msg)
}

func byHandPublish(t measure.Task) (measure.Result, error) {
	events := someTodos()
	s, err := newRawSender(t, func(n int) (key, value []byte, err error) {
		msg := events[n%len(events)]
		value, err = handEncode(msg)
		return []byte(msg.GetTodoId()), value, err
	})
	if err != nil {
		return measure.Result{}, err
	}
	return s.measure(t)
}

func byHandConsume(t measure.Task) (measure.Result, error) {
	return pollLoop(t, func(m *kafka.Message) error {
		_, err := handDecode(m.Value)
		return err
	})
}
