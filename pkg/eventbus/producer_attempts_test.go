package eventbus_test

import (
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// producerReply is what becomes of a produce request, as kfake takes it.
type producerReply func(kmsg.Request) (kmsg.Response, error, bool)

// producerScript answers the first produce requests one by one as it says; further
// ones the broker answers.
func producerScript(b *broker.Broker, answers ...producerReply) (seen *atomic.Int64) {
	seen = &atomic.Int64{}
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		n := int(seen.Add(1)) - 1
		if n >= len(answers) {
			return nil, nil, false
		}
		return answers[n](req)
	})
	return seen
}

var (
	// neverAnswered leaves a request without an answer: the client's request times out.
	neverAnswered producerReply = func(kmsg.Request) (kmsg.Response, error, bool) { return nil, nil, true }

	hungUp producerReply = func(kmsg.Request) (kmsg.Response, error, bool) { return nil, io.ErrUnexpectedEOF, true }
)

func answered(code *kerr.Error) producerReply {
	return func(req kmsg.Request) (kmsg.Response, error, bool) { return producerAnswer(req, code), nil, true }
}

// A refusal is definite only if no earlier attempt can have written the record. The
// client makes such attempts without a word: after a request that timed out, and
// after an answer that says "written, and not copied yet". (Both were told as
// rejected; a record that was too large was sent once more, and then there twice.)
func TestG3_ARefusalAfterAnotherAttemptProvesNothing(t *testing.T) {
	t.Parallel()
	before := map[string]producerReply{
		"timed out":                       neverAnswered,
		"hung up":                         hungUp,
		"not enough replicas after write": answered(kerr.NotEnoughReplicasAfterAppend),
		"request timed out at the broker": answered(kerr.RequestTimedOut),
	}
	for how, first := range before {
		for _, refusal := range []*kerr.Error{kerr.MessageTooLarge, kerr.InvalidRecord, kerr.TopicAuthorizationFailed} {
			t.Run(fmt.Sprint(how, ", then ", refusal.Message), func(t *testing.T) {
				t.Parallel()
				b, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
					c.Config = map[string]string{"socket.timeout.ms": "1000"}
				})
				seen := producerScript(b, first, answered(refusal))
				_, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1))
				producerWant(t, err, eventbus.ErrIndeterminate)
				if seen.Load() != 2 || p.Stats().Resent != 0 {
					t.Errorf("%d requests were made, %d records sent again alone", seen.Load(), p.Stats().Resent)
				}
			})
		}
	}
}

// A refusal of a record's only attempt is definite, whatever happened to others, and
// however long the broker takes for it.
func TestG3_ARefusalOfTheOnlyAttemptIsDefinite(t *testing.T) {
	t.Parallel()
	late := func(code *kerr.Error) producerReply {
		return func(req kmsg.Request) (kmsg.Response, error, bool) {
			time.Sleep(600 * time.Millisecond) //nolint:forbidigo // a slow broker
			return producerAnswer(req, code), nil, true
		}
	}
	rows := map[string][]producerReply{
		"at once":                      {answered(kerr.InvalidRecord)},
		"late":                         {late(kerr.InvalidRecord)},
		"after others were hung up":    {hungUp, nil, answered(kerr.InvalidRecord)},
		"after others timed out":       {neverAnswered, nil, late(kerr.InvalidRecord)},
		"after others were sent twice": {answered(kerr.NotEnoughReplicasAfterAppend), nil, late(kerr.InvalidRecord)},
	}
	for name, script := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
				c.Config = map[string]string{"socket.timeout.ms": "1000"}
			})
			for i, answer := range script {
				if answer == nil {
					script[i] = func(kmsg.Request) (kmsg.Response, error, bool) { return nil, nil, false }
				}
			}
			producerScript(b, script...)
			ctx := producerCtx(t, time.Minute)
			if len(script) > 1 {
				if _, err := p.Publish(ctx, producerTodo(1)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := p.Publish(ctx, producerTodo(2))
			producerWant(t, err, eventbus.ErrRejected)
		})
	}
}

// A batch that is too large is sent one by one after a lost connection too. (For
// half a minute after one, all of it was told as unknown: 2,409 events for nothing.)
func TestP13_ABatchThatIsTooLargeIsSentAloneAfterALostConnection(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, map[string]string{"orders/max.message.bytes": "1200"})
	producerScript(b, hungUp)
	ctx := producerCtx(t, time.Minute)
	if _, err := p.Publish(ctx, producerMessage(t, "OrderPlaced", "id", "first")); err != nil {
		t.Fatal(err)
	}
	const n, large = 100, 50
	var outs []eventbus.Out
	for i := range n {
		size := 600
		if i == large {
			size = 20_000
		}
		outs = append(outs, eventbus.Out{
			Message: producerMessage(t, "OrderPlaced", "id", fmt.Sprint(i), "text", producerNoise(i, size)),
			Options: []event.Option{event.WithID(producerID(i))},
		})
	}
	for i, r := range p.PublishBatch(ctx, outs...) {
		if i == large {
			producerWant(t, r.Err, eventbus.ErrRejected)
		} else if r.Err != nil {
			t.Errorf("event %d: %v", i, r.Err)
		}
	}
}
