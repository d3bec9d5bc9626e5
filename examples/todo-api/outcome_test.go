package main

import (
	"context"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// todos starts a broker with the topic alone, whose answers a test can change.
func todos(t *testing.T) *broker.Broker {
	t.Helper()
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// onProduce calls f for each request that writes, and answers with the error
// that it returns; nil lets the request pass.
func onProduce(b *broker.Broker, f func() *kerr.Error) {
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		failure := f()
		if failure == nil {
			return nil, nil, false
		}
		r := req.(*kmsg.ProduceRequest)
		resp := r.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range r.Topics {
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode, rp.BaseOffset = p.Partition, failure.Code, -1
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
}

func wantOutcome(ctx context.Context, t *testing.T, a *api, code int, problem, retry string) {
	t.Helper()
	w, got := ask(ctx, t, a, "POST /todos", `{"title":"Buy milk"}`, "Idempotency-Key", key)
	if w.Code != code || got.Problem != problem || w.Header().Get("Retry-After") != retry || got.EventID != key || got.At != "" {
		t.Errorf("%d, Retry-After %q, %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}

func TestNothingWasDoneTryAgain(t *testing.T) {
	t.Parallel()
	a := newAPI(t, eventbustest.NewBroker(t).Brokers())
	const problem = "nothing was done: try again"
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	wantOutcome(gone, t, a, http.StatusServiceUnavailable, problem, "1") // ErrBackpressure
	if err := a.producer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantOutcome(t.Context(), t, a, http.StatusServiceUnavailable, problem, "1") // ErrClosed
}

func TestItIsNotKnownWhatWasDone(t *testing.T) {
	t.Parallel()
	b := todos(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan struct{})
	onProduce(b, func() *kerr.Error {
		cancel() // as its time would end the publish, while the broker is at it
		b.Cluster().SleepControl(func() { <-answer })
		return nil
	})
	a := newAPI(t, b.Addrs())
	wantOutcome(ctx, t, a, http.StatusGatewayTimeout, "it is not known whether this was done: try again with Idempotency-Key: "+key, "1")
	close(answer)
}

func TestOnlyAnOperatorCanHelp(t *testing.T) {
	t.Parallel()
	b := todos(t)
	onProduce(b, func() *kerr.Error { return kerr.TopicAuthorizationFailed })
	a := newAPI(t, b.Addrs())
	wantOutcome(t.Context(), t, a, http.StatusBadGateway, "nothing was done, and trying again will not help", "")
}
