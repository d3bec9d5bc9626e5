package peers

import (
	"fmt"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/confluentinc/confluent-kafka-go/v2/schemaregistry"
	"github.com/confluentinc/confluent-kafka-go/v2/schemaregistry/serde"
	"github.com/confluentinc/confluent-kafka-go/v2/schemaregistry/serde/protobuf"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// schemaSerde is the schema registry's serde for protobuf, with a registry in the process.
// It writes the binary payload behind the schema's id: no metadata, no validation.
var schemaSerde = Peer{
	Name: "confluent-kafka-go, schema-registry protobuf serde",
	Source: "https://pkg.go.dev/github.com/confluentinc/confluent-kafka-go/v2/schemaregistry/serde/protobuf: " +
		"CacheSchemas, which its comment advises for generated messages; DeserializeInto; the client as raw",
	Format:  serdeFormat.Name,
	Publish: serdePublish,
	Callers: 1, Publishes: 110_000, Consumes: 300_000,
	Consume: serdeConsume,
}

var serdeFormat = Format{Name: "serde", Encode: func(n int) ([]byte, error) {
	s, err := formatSerializer()
	if err != nil {
		return nil, err
	}
	return s.Serialize(measure.Topic, NewTodo(n))
}}

var formatSerializer = sync.OnceValues(func() (*protobuf.Serializer, error) {
	s, _, err := newSerde()
	return s, err
})

// newSerde is both directions on a registry of their own. The same message gets the same id
// in every process.
func newSerde() (*protobuf.Serializer, *protobuf.Deserializer, error) {
	registry, err := schemaregistry.NewClient(schemaregistry.NewConfig("mock://"))
	if err != nil {
		return nil, nil, fmt.Errorf("start the schema registry: %w", err)
	}
	cfg := protobuf.NewSerializerConfig()
	cfg.CacheSchemas = true
	s, err := protobuf.NewSerializer(registry, serde.ValueSerde, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("make the serializer: %w", err)
	}
	d, err := protobuf.NewDeserializer(registry, serde.ValueSerde, protobuf.NewDeserializerConfig())
	if err != nil {
		return nil, nil, fmt.Errorf("make the deserializer: %w", err)
	}
	_, err = s.Serialize(measure.Topic, NewTodo(0)) // registers the schema
	return s, d, err
}

func serdePublish(t measure.Task) (measure.Result, error) {
	s, _, err := newSerde()
	if err != nil {
		return measure.Result{}, err
	}
	events := someTodos()
	sender, err := newRawSender(t, func(n int) (key, value []byte, err error) {
		msg := events[n%len(events)]
		value, err = s.Serialize(measure.Topic, msg)
		return []byte(msg.GetTodoId()), value, err
	})
	if err != nil {
		return measure.Result{}, err
	}
	return sender.measure(t)
}

func serdeConsume(t measure.Task) (measure.Result, error) {
	_, d, err := newSerde()
	if err != nil {
		return measure.Result{}, err
	}
	return pollLoop(t, func(m *kafka.Message) error {
		return d.DeserializeInto(measure.Topic, m.Value, new(todov1.TodoCreated))
	})
}
