//go:build interop

package cloudevents_test

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	ce "github.com/cloudevents/sdk-go/v2"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

const patience = 30 * time.Second

// sent is an event that the producer wrote, and what a reader must see.
type sent struct {
	attributes map[string]string
	data       map[string]any
}

const (
	// A source with all that a URI-reference may hold of other texts: the Go SDK takes
	// URIs apart and puts them together anew. One that is not, the bus refuses.
	oddSource = "/gr%C3%B6%C3%9Fe/a%20b/A?x=%26#y"
)

// write publishes events with everything that readers could trip over.
func write(t *testing.T, c contracts, m mode) map[string]sent {
	t.Helper()
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: interop.Brokers()}, Registry: c.Registry, Source: "/shop/orders?stage=test#1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	at := time.Date(2026, 11, 24, 9, 30, 0, 120456000, time.UTC)
	handled := event.ContextWith(t.Context(), event.Metadata{ID: "the cause", CorrelationID: "Grüße, “%41” + 名前"})
	rows := []struct {
		name, payload string
		ctx           context.Context
		opts          []event.Option
	}{
		{"least", `{"order_id":"1"}`, t.Context(), nil},
		{"all fields", `{"order_id":"2","title":"Milch, \"100%\" — 牛乳 😀\n","note":"","cents":"9007199254740993","weight":0.1,"token":"AP8=","tags":["ä","😀"],"placed_at":"2026-01-02T03:04:05.678901Z","paid":true}`, t.Context(), []event.Option{event.WithTime(at)}},
		{"a source of other texts", `{"order_id":"3"}`, t.Context(), []event.Option{event.WithSource(oddSource)}},
		{"texts in attributes", `{"order_id":"Größe 42% 名 😀","title":"x"}`, handled, []event.Option{event.WithID("an id with blanks, “quotes” and %25"), event.WithTime(at.Truncate(time.Second))}},
	}
	out := map[string]sent{}
	for _, row := range rows {
		msg := c.order(t, m, row.payload)
		receipt, err := p.Publish(row.ctx, msg, row.opts...)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		rec := recordAt(t, m.topic, receipt)
		md, err := event.Head(rec)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		s := sent{attributes: map[string]string{
			"specversion": "1.0", "id": md.ID, "type": "OrderPlaced", "source": md.Source, "time": md.Time.Format(time.RFC3339Nano),
			"datacontenttype": "application/json", "eventversion": "1.0", "correlationid": md.CorrelationID, "partitionkey": string(rec.Key),
		}}
		if md.CausationID != "" {
			s.attributes["causationid"] = md.CausationID
		}
		payload, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(msg)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(payload, &s.data); err != nil {
			t.Fatal(err)
		}
		out[md.ID] = s
	}
	return out
}

func TestGoReads(t *testing.T) {
	c := newContracts(t)
	createTopics(t)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			want := write(t, c, m)
			got := receive(t, m.topic, want)
			for id, w := range want {
				e := got[id]
				if err := e.Validate(); err != nil {
					t.Errorf("%s: %v", id, err)
				}
				var data map[string]any
				if err := e.DataAs(&data); err != nil {
					t.Errorf("%s: %v", id, err)
				}
				if diff := cmp.Diff(w, sent{goAttributes(e), data}, cmp.AllowUnexported(sent{})); diff != "" {
					t.Errorf("%s (-sent +read):\n%s", id, diff)
				}
			}
		})
	}
}

// receive reads a topic with the SDK's client until it has the events.
func receive(t *testing.T, topic string, want map[string]sent) map[string]ce.Event {
	t.Helper()
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	receiver, err := kafka_sarama.NewConsumer(interop.Brokers(), config, "sdk-go-"+t.Name(), topic)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ce.NewClient(receiver)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	events := make(chan ce.Event, 64)
	done := make(chan error, 1)
	go func() {
		done <- client.StartReceiver(ctx, func(e ce.Event) { events <- e })
	}()
	out := map[string]ce.Event{}
	for len(out) < len(want) {
		select {
		case e := <-events:
			if _, ours := want[e.ID()]; ours {
				out[e.ID()] = e
			}
		case err := <-done:
			t.Fatalf("the receiver ended with %d of %d events: %v", len(out), len(want), err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the receiver: %v", err)
	}
	if err := receiver.Close(context.WithoutCancel(ctx)); err != nil {
		t.Errorf("close the receiver: %v", err)
	}
	return out
}

// goAttributes are an event's, without those that the SDK adds for its place.
func goAttributes(e ce.Event) map[string]string {
	out := map[string]string{
		"specversion": e.SpecVersion(), "id": e.ID(), "type": e.Type(), "source": e.Source(),
		"time": e.Time().Format(time.RFC3339Nano), "datacontenttype": e.DataContentType(),
	}
	for name, value := range e.Extensions() {
		if text, ok := value.(string); ok && name != "kafkatopic" && name != "kafkapartition" && name != "kafkaoffset" {
			out[name] = text
		}
	}
	return out
}

func TestPythonReads(t *testing.T) {
	c := newContracts(t)
	createTopics(t)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			want := write(t, c, m)
			type view struct {
				Attributes map[string]string
				Data       map[string]any
				Error      string
			}
			reader := interop.Python(t, "cloudevents/read.py", m.topic)
			for left := maps.Clone(want); len(left) > 0; {
				var answer struct {
					Core, V1 view
				}
				reader.Next(&answer)
				w, ours := left[answer.Core.Attributes["id"]]
				if answer.Core.Error != "" || answer.V1.Error != "" {
					t.Fatalf("core: %s, v1: %s", answer.Core.Error, answer.V1.Error)
				}
				if !ours {
					continue // of a test before
				}
				delete(left, answer.Core.Attributes["id"])
				for name, v := range map[string]view{"core": answer.Core, "v1": answer.V1} {
					got := sent{v.Attributes, v.Data}
					expected := sent{maps.Clone(w.attributes), w.data}
					if name == "v1" && m.name == "structured" {
						// It takes the record's content-type for the data's.
						expected.attributes["datacontenttype"] = "application/cloudevents+json; charset=UTF-8"
					}
					if at, err := time.Parse(time.RFC3339Nano, got.attributes["time"]); err == nil {
						got.attributes["time"] = at.UTC().Format(time.RFC3339Nano)
					}
					if diff := cmp.Diff(expected, got, cmp.AllowUnexported(sent{})); diff != "" {
						t.Errorf("%s: %s (-sent +read):\n%s", name, w.attributes["id"], diff)
					}
				}
			}
		})
	}
}
