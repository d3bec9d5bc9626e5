package eventbus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// producerSize is what P1 counts.
func producerSize(r event.Record) int {
	n := len(r.Key) + len(r.Value) + 70
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

func TestP1_TheRecordSizeIsLimited(t *testing.T) {
	t.Parallel()
	opts := []event.Option{
		event.WithID(producerID(1)), event.WithTime(time.Unix(0, 0)), event.WithSource(producerSource), event.WithHeader("tenant", "acme"),
	}
	rows := map[string]struct {
		message string
		limit   int // of the producer
		most    int // what then is the limit
	}{
		"the producer's":          {"OrderPlaced", 3000, 3000},
		"the topic's max_bytes":   {"SmallThing", 0, 4096},
		"the lower of both":       {"SmallThing", 3500, 3500},
		"the default is 1 MiB":    {"OrderPlaced", 0, 1 << 20},
		"the topic's is not ours": {"SmallThing", 1 << 21, 4096},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerShopOn(t, map[string]string{"orders/max.message.bytes": "2000000"}, func(c *eventbus.ProducerConfig) { c.MaxRecordBytes = row.limit })
			r := producerContracts(t)
			// Not compressible, so that the topic's limit on the cluster is met too.
			empty, err := r.Encode(t.Context(), producerMessage(t, row.message, "id", "1"), opts...)
			if err != nil {
				t.Fatal(err)
			}
			room := row.most - producerSize(empty)
			for over, want := range map[int]error{0: nil, 1: eventbus.ErrInvalid, 5000: eventbus.ErrInvalid} {
				msg := producerMessage(t, row.message, "id", "1", "text", producerNoise(over, room+over))
				ctx := producerCtx(t, time.Minute)
				_, err := p.Publish(ctx, msg, opts...)
				rec, encodeErr := r.Encode(ctx, msg, opts...)
				if encodeErr != nil {
					t.Fatal(encodeErr)
				}
				if got := producerSize(rec); got != row.most+over {
					t.Fatalf("the record has %d bytes, want %d", got, row.most+over)
				}
				_, again := p.PublishRecord(ctx, rec)
				for _, err := range []error{err, again} {
					if want == nil {
						if err != nil {
							t.Errorf("%d bytes, the limit: %v", row.most, err)
						}
						continue
					}
					producerWant(t, err, want)
					if !strings.Contains(err.Error(), fmt.Sprintf("takes %d bytes, above the limit of %d", row.most+over, row.most)) {
						t.Errorf("%v does not name the sizes", err)
					}
				}
			}
			topic := map[string]string{"OrderPlaced": "orders", "SmallThing": "small"}[row.message]
			if log := producerLog(t, b, topic); len(log) != 2 {
				t.Errorf("%d records were sent, want 2", len(log))
			}
		})
	}
}

func TestP1_BadInputIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	valid := func(change func(*todov1.TodoCreated)) *todov1.TodoCreated {
		m := producerTodo(1)
		change(m)
		return m
	}
	rows := map[string]struct {
		msg  proto.Message
		opts []event.Option
		want string // in the error
	}{
		"payload, key":          {valid(func(m *todov1.TodoCreated) { m.TodoId = "" }), nil, "todo_id"},
		"payload, rule":         {valid(func(m *todov1.TodoCreated) { m.Title = strings.Repeat("x", 501) }), nil, "title"},
		"payload, not UTF-8":    {valid(func(m *todov1.TodoCreated) { m.Title = "\xff" }), nil, ""},
		"id":                    {producerTodo(1), []event.Option{event.WithID("1")}, "UUID"},
		"id in braces":          {producerTodo(1), []event.Option{event.WithID("{" + producerID(1) + "}")}, "UUID"},
		"correlation":           {producerTodo(1), []event.Option{event.WithCorrelation("request 1")}, "UUID"},
		"time":                  {producerTodo(1), []event.Option{event.WithTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, "years"},
		"source":                {producerTodo(1), []event.Option{event.WithSource("%zz")}, "URI"},
		"source too long":       {producerTodo(1), []event.Option{event.WithSource(strings.Repeat("x", 257))}, "256"},
		"header without a name": {producerTodo(1), []event.Option{event.WithHeader("", "x")}, "name"},
		"header too large":      {producerTodo(1), []event.Option{event.WithHeader("h", strings.Repeat("x", 1<<20))}, "limit"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := producerCtx(t, time.Minute)
			_, err := p.Publish(ctx, row.msg, row.opts...)
			producerWant(t, err, eventbus.ErrInvalid)
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v does not say %q", err, row.want)
			}
			_, err = p.PublishAsync(ctx, row.msg, row.opts...).Wait(ctx)
			producerWant(t, err, eventbus.ErrInvalid)
		})
	}
	t.Cleanup(func() {
		if log := producerLog(t, b, "todos"); len(log) != 0 {
			t.Errorf("%d records were sent", len(log))
		}
	})
}

func TestP12_UserHeaders(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	rows := map[string]bool{ // whether the name is allowed
		"tenant": true, "X-Tenant": true, "a": true, "9": true, "a.b_c-d": true, strings.Repeat("a", 128): true, "dlq": true, "redrive": true, "event_id2": true, "contenttype": true,
		"": false, "-a": false, ".a": false, "_a": false, "a b": false, "a\x00": false, "a\nb": false, "ä": false, "a\xff": false, "a:b": false, "a/b": false, strings.Repeat("a", 129): false,
		"dlq-id": false, "DLQ-Reason": false, "dlq-": false, "redrive-count": false, "Redrive-Of": false, "ce_id": false, "CE_Type": false, "ce_": false,
		"content-type": false, "Content-Type": false, "traceparent": false, "Tracestate": false,
	}
	for _, message := range []string{"OrderPlaced", "Cloud", "Structured"} {
		for name, ok := range rows {
			_, err := p.Publish(ctx, producerMessage(t, message, "id", "1"), event.WithHeader("first", "1"), event.WithHeader(name, "2"))
			switch {
			case ok && err != nil:
				t.Errorf("%s, header %.200q: %v", message, name, err)
			case !ok && err == nil:
				t.Errorf("%s, header %.200q: accepted", message, name)
			case !ok:
				producerWant(t, err, eventbus.ErrInvalid)
			}
		}
	}
	// What the user gave arrives, in order and beside the format's own.
	if _, err := p.Publish(ctx, producerMessage(t, "Structured", "id", "1"), event.WithID("x"), event.WithHeader("b", "1"), event.WithHeader("a", ""), event.WithHeader("b", "2")); err != nil {
		t.Fatal(err)
	}
	log := producerLog(t, b, "structured")
	got := producerEvent(log[len(log)-1]).Headers
	want := []event.Header{
		{Key: "b", Value: []byte("1")},
		{Key: "a", Value: []byte{}},
		{Key: "b", Value: []byte("2")},
		{Key: "event_type", Value: []byte("Structured")},
		{Key: "event_id", Value: []byte("x")},
		{Key: "content-type", Value: []byte("application/cloudevents+json; charset=UTF-8")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestPublishRecord_WritesWhatWasEncoded(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	for message, topic := range map[string]string{"OrderPlaced": "orders", "Cloud": "clouds", "Structured": "structured"} {
		// Only dlq-* and redrive-* are refused here: an archive's records have the rest.
		want, err := producerContracts(t).Encode(ctx, producerMessage(t, message, "id", "1"), event.WithSource("outbox"), event.WithID(producerID(3)))
		if err != nil {
			t.Fatal(err)
		}
		want.Headers = append([]event.Header{{Key: "traceparent", Value: []byte("00-1-1-00")}}, want.Headers...)
		got, err := p.PublishRecord(ctx, want)
		if err != nil {
			t.Fatal(err)
		}
		if got.EventID != producerID(3) || got.Topic != topic {
			t.Errorf("%s: receipt %+v", message, got)
		}
		log := producerLog(t, b, topic)
		if len(log) != 1 {
			t.Fatalf("%s: %d records", message, len(log))
		}
		if diff := cmp.Diff(want, producerEvent(log[0])); diff != "" {
			t.Errorf("%s (-encoded +in the log):\n%s", message, diff)
		}
	}
}

func TestPublishRecord_RefusesWhatIsNoEventOfItsTopic(t *testing.T) {
	t.Parallel()
	r := producerContracts(t)
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	encode := func(name string, opts ...event.Option) event.Record {
		rec, err := r.Encode(ctx, producerMessage(t, name, "id", "1"), append(opts, event.WithSource("outbox"), event.WithID(producerID(1)))...)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	good, cloud := encode("OrderPlaced"), encode("Cloud")
	ping, err := r.Encode(ctx, producerMessage(t, "Ping"), event.WithSource("outbox"))
	if err != nil {
		t.Fatal(err)
	}
	change := func(rec event.Record, f func(*event.Record)) event.Record {
		f(&rec)
		return rec
	}
	value := func(old, with string) event.Record {
		text := string(good.Value)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %s", text, old)
		}
		return change(good, func(r *event.Record) { r.Value = []byte(strings.Replace(text, old, with, 1)) })
	}
	rows := map[string]struct {
		rec  event.Record
		want string
	}{
		"zero":                     {event.Record{}, "no name"},
		"tombstone":                {change(good, func(r *event.Record) { r.Value = nil }), "PublishTombstone"},
		"empty value":              {change(good, func(r *event.Record) { r.Value = []byte{} }), "PublishTombstone"},
		"empty value with headers": {change(cloud, func(r *event.Record) { r.Value = []byte{} }), "PublishTombstone"},
		"not JSON":                 {change(good, func(r *event.Record) { r.Value = []byte("\x00\x01") }), "not_an_event"},
		"no event":                 {change(good, func(r *event.Record) { r.Value = []byte("{}") }), "not_an_event"},
		"cut":                      {change(good, func(r *event.Record) { r.Value = r.Value[:len(r.Value)-1] }), "not_an_event"},
		"another topic":            {change(good, func(r *event.Record) { r.Topic = "small" }), "unknown_type"},
		"dead-letter topic":        {change(good, func(r *event.Record) { r.Topic = "orders.g.dlq" }), "unknown_type"},
		"undeclared topic":         {change(good, func(r *event.Record) { r.Topic = "elsewhere" }), "unknown_type"},
		"bad topic":                {change(good, func(r *event.Record) { r.Topic = "a/b" }), "characters"},
		"long topic":               {change(good, func(r *event.Record) { r.Topic = strings.Repeat("x", 600) }), "longer"},
		"dots":                     {change(good, func(r *event.Record) { r.Topic = ".." }), "reserved"},
		"no key":                   {change(good, func(r *event.Record) { r.Key = nil }), "no key"},
		"empty key":                {change(good, func(r *event.Record) { r.Key = []byte{} }), "no key"},
		"key, unkeyed":             {change(ping, func(r *event.Record) { r.Key = []byte("k") }), "unkeyed"},
		"unknown type":             {value(`"OrderPlaced"`, `"OrderLost"`), "unknown_type"},
		"unknown major":            {value(`"1.0"`, `"2.0"`), "unsupported_version"},
		"version no text":          {value(`"1.0"`, `1`), "undecodable"},
		"id no UUID":               {value(`"`+producerID(1)+`"`, `"1"`), "undecodable"},
		"id missing":               {value(`"event_id"`, `"event_jd"`), "undecodable"},
		"no time":                  {value(`"timestamp"`, `"timestomp"`), "undecodable"},
		"source no URI":            {value(`"outbox"`, `"%zz"`), "URI-reference"},
		"no source, CloudEvents": {change(cloud, func(r *event.Record) {
			var kept []event.Header
			for _, h := range r.Headers {
				if h.Key != "ce_source" {
					kept = append(kept, h)
				}
			}
			r.Headers = kept
		}), "undecodable"},
		"dlq header":     {change(good, func(r *event.Record) { r.Headers = []event.Header{{Key: "dlq-id"}} }), "reserved"},
		"redrive header": {change(good, func(r *event.Record) { r.Headers = []event.Header{{Key: "Redrive-Count"}} }), "reserved"},
		"too large":      {change(good, func(r *event.Record) { r.Headers = []event.Header{{Key: "x", Value: make([]byte, 1<<20)}} }), "limit"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := p.PublishRecord(producerCtx(t, time.Minute), row.rec)
			producerWant(t, err, eventbus.ErrInvalid)
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v does not say %q", err, row.want)
			}
		})
	}
	t.Cleanup(func() {
		for _, topic := range []string{"orders", "clouds", "pings", "small"} {
			if log := producerLog(t, b, topic); len(log) != 0 {
				t.Errorf("%d records were sent to %s", len(log), topic)
			}
		}
	})
}

// A record may be changed by its owner as soon as PublishRecord has returned,
// even if the client has yet to send it again.
func TestPublishRecord_KeepsNothingOfTheCallers(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	answer := make(chan struct{})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().SleepControl(func() { <-answer })
		return producerAnswer(req, kerr.MessageTooLarge), nil, true
	})
	rec, err := event.Encode(t.Context(), producerTodo(1), event.WithSource("outbox"), event.WithHeader("h", "v"))
	if err != nil {
		t.Fatal(err)
	}
	want := string(rec.Value)
	_, err = p.PublishRecord(producerCtx(t, 100*time.Millisecond), rec)
	producerWant(t, err, eventbus.ErrIndeterminate)
	clear(rec.Value)
	clear(rec.Key)
	clear(rec.Headers[0].Value)
	clear(rec.Headers)
	close(answer)
	if err := p.Flush(producerCtx(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	log := producerLog(t, b, "todos")
	if len(log) != 1 || string(log[0].Value) != want || string(log[0].Key) != producerID(1) || string(log[0].Headers[0].Value) != "v" {
		t.Errorf("the log has %v, want what the record was when it was published", log)
	}
}

func TestG5_NoInputPanics(t *testing.T) {
	t.Parallel()
	_, p := producerLinked(t)
	ctx := producerCtx(t, 60*time.Second)
	odd := []string{
		"", "\x00", "a\x00b", ".", "..", "../x", "a b", "\xff\xfe", "ä", "\r\n", "<b>", "\x1b[31m", "{}", "[]", "null", "todos\x00", "%s%n", "=cmd()",
		strings.Repeat("x", 249), strings.Repeat("x", 250), strings.Repeat("x", 513), strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 10_000),
	}
	many := make([]event.Header, 10_000)
	for i := range many {
		many[i] = event.Header{Key: fmt.Sprint("h", i)}
	}
	good, err := event.Encode(ctx, producerTodo(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range odd {
		for _, rec := range []event.Record{
			{Topic: s, Key: []byte(s), Value: []byte(s)},
			{Topic: "todos", Key: []byte(s), Value: []byte(s)},
			{Topic: "todos", Key: []byte(s), Value: good.Value},
			{Topic: s, Key: good.Key, Value: good.Value},
			{Topic: "todos", Key: good.Key, Value: good.Value, Headers: []event.Header{{Key: s, Value: []byte(s)}, {Key: s}}},
			{Topic: "todos", Key: good.Key, Value: good.Value, Headers: []event.Header{{Key: "content-type", Value: []byte(s)}, {Key: "ce_specversion", Value: []byte(s)}}},
			{Topic: "todos", Key: good.Key, Value: good.Value, Headers: append(many[:len(many):len(many)], event.Header{Key: s})},
		} {
			if _, err := p.PublishRecord(ctx, rec); err != nil {
				producerWant(t, err, eventbus.ErrInvalid)
			}
		}
		for _, opt := range []event.Option{
			event.WithID(s), event.WithCorrelation(s), event.WithSource(s), event.WithHeader(s, s), event.WithTime(time.Unix(1<<40, 0)),
		} {
			if _, err := p.Publish(ctx, producerTodo(1), opt); err != nil {
				producerWant(t, err, eventbus.ErrInvalid)
			}
		}
		if _, err := p.Publish(ctx, &todov1.TodoCreated{TodoId: s, Title: s, UserId: s}); err != nil {
			producerWant(t, err, eventbus.ErrInvalid)
		}
		if _, err := p.PublishTombstone(ctx, &todov1.TodoCreated{TodoId: s}); err != nil {
			producerWant(t, err, eventbus.ErrInvalid)
		}
	}
	for _, name := range odd {
		_, err := eventbus.NewProducer(eventbus.ProducerConfig{
			Connection: kafkaconn.Connection{Brokers: []string{name}, SASL: &kafkaconn.SASL{Mechanism: name, Username: name, Password: name}, TLS: &kafkaconn.TLS{CAFile: name, CertFile: name}}, Source: name, Config: map[string]string{name: name, "client.id": name},
		})
		if err == nil {
			t.Errorf("a producer of nothing but %.20q was made", name)
		}
	}
}
