package integration_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// bomb writes one batch of 11 records, of 10 MB each, that is small while it is
// compressed, and a record behind it.
func bomb(t *testing.T, b *cluster, codec kgo.CompressionCodec) {
	t.Helper()
	kafka := client(t, b.Brokers(), kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(time.Second),
		kgo.ProducerBatchMaxBytes(1<<28), kgo.MaxBufferedBytes(1<<28), kgo.BrokerMaxWriteBytes(1<<29))
	// Of a type that nobody handles: the value is not looked at.
	var headers []kgo.RecordHeader
	for _, h := range [][2]string{{"specversion", "1.0"}, {"id", "1"}, {"source", "x"}, {"type", "Other"}, {"time", "2026-11-23T21:51:31Z"}, {"eventversion", "1.0"}} {
		headers = append(headers, kgo.RecordHeader{Key: "ce_" + h[0], Value: []byte(h[1])})
	}
	var recs []*kgo.Record
	for range 11 {
		recs = append(recs, &kgo.Record{Topic: "todos", Partition: 0, Key: []byte("k"), Value: bytes.Repeat([]byte("y"), 10_000_000), Headers: headers})
	}
	produce(t, kafka, recs...)
	produce(t, client(t, b.Brokers()), raw(t, 0, 20, "behind"), raw(t, 1, 21, "beside"))
}

// A batch of some KB that unpacks to more than 100 MB stopped its partition for good,
// and the consumer was ready.
func TestC8_C20_ABatchThatCannotBeUnpackedIsTold(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	bomb(t, b, kgo.ZstdCompression())
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	var h eventbus.Health
	told := func() bool {
		h = r.Health()
		return len(h.Reasons) == 1 && h.Reasons[0].Code == eventbus.HealthCorrupt && j.len() == 1
	}
	eventually(t, "health tells", told)
	why := h.Reasons[0]
	if !h.Live || why.Code != eventbus.HealthCorrupt || why.Topic != "todos" || why.Partition != 0 || why.Offset != 0 {
		t.Errorf("health %+v", h)
	}
	for _, part := range []string{"more than receive.message.max.bytes (100000000)", "--group notifier --topic todos:0 --to-offset"} {
		if !strings.Contains(why.Detail, part) {
			t.Errorf("detail %q lacks %q", why.Detail, part)
		}
	}
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}

	// So is one within which the group goes on.
	b.commitByHand(0, 5, "")
	r = consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "health tells", told)
	if why := h.Reasons[0]; why.Code != eventbus.HealthCorrupt || why.Partition != 0 || why.Offset != 5 {
		t.Errorf("health %+v", h)
	}
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}

	// The way past it that loses nothing.
	r = consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"receive.message.max.bytes": "200000000"},
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "all handled", func() bool { return j.len() == 2 && r.Stats().SkippedUnknownType == 6 })
	b.WaitCommitted(group, "todos")
	if h := r.Health(); !h.Ready {
		t.Errorf("health %+v", h)
	}
}
