package integration_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// byHand is a flat event as a person writes it, with one change.
func byHand(old, changed string) string {
	flat := `{"event_id":"` + todoID(70) + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-24T10:00:00Z",` +
		`"todo_id":"` + todoID(1) + `","user_id":"` + todoID(2) + `","title":"by hand"}`
	if !strings.Contains(flat, old) {
		panic(old)
	}
	return strings.Replace(flat, old, changed, 1)
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func TestC15_RecordsWrittenByHandAreHandledOrDeadLetteredAsDocumented(t *testing.T) {
	t.Parallel()
	const handled, skipped = "handled", "skipped"
	type row struct {
		name    string
		value   string
		headers []kgo.RecordHeader
		want    string // handled, skipped, or a dead letter's reason
	}
	rows := []row{
		{"flat", byHand("", ""), nil, handled},
		{"flat as Pydantic writes it", byHand(`10:00:00Z"`, `10:00:00.123456","correlation_id":null,"causation_id":null,"description":null`), nil, handled},
		{"unknown fields", byHand(`"title"`, `"more":{"a":[1]},"title"`), nil, handled},
		{"envelope", `{"event_id":"` + todoID(71) + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-24T10:00:00Z","source":"me","data":` +
			`{"todo_id":"` + todoID(1) + `","user_id":"` + todoID(2) + `","title":"by hand"}}`, nil, handled},
		{"CloudEvents structured", `{"specversion":"1.0","id":"a1","type":"TodoCreated","source":"/me","time":"2026-11-24T10:00:00Z","eventversion":"1.0","data":` +
			`{"todo_id":"` + todoID(1) + `","user_id":"` + todoID(2) + `","title":"by hand"}}`, nil, handled},
		{"CloudEvents binary", `{"todo_id":"` + todoID(1) + `","user_id":"` + todoID(2) + `","title":"by hand"}`, []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")},
			{Key: "ce_id", Value: []byte("a2")},
			{Key: "ce_type", Value: []byte("TodoCreated")},
			{Key: "ce_source", Value: []byte("/me")},
			{Key: "ce_time", Value: []byte("2026-11-24T10:00:00Z")},
			{Key: "ce_eventversion", Value: []byte("1.0")},
			{Key: "content-type", Value: []byte("application/json")},
		}, handled},
		{"the second major", byHand(`"1.0","timestamp"`, `"2.0","tags":["a"],"timestamp"`), nil, handled},
		{"type without a handler", byHand("TodoCreated", "TodoDeleted"), nil, skipped},
		{"type that no contract has", byHand("TodoCreated", "../x"), nil, skipped},

		{"empty", "", nil, "not_an_event"},
		{"blank", " \n", nil, "not_an_event"},
		{"null", "null", nil, "not_an_event"},
		{"array", "[1,2]", nil, "not_an_event"},
		{"text", "hello", nil, "not_an_event"},
		{"cut", byHand(`"}`, ``), nil, "not_an_event"},
		{"trailing garbage", byHand("", "") + "x", nil, "not_an_event"},
		{"gzip", gzipped(byHand("", "")), nil, "not_an_event"},
		{"Avro behind a magic byte", "\x00\x00\x00\x00\x07\x02a", nil, "not_an_event"},
		{"UTF-16", "\xff\xfe{\x00}\x00", nil, "not_an_event"},
		{"no type", byHand(`"event_type"`, `"kind"`), nil, "not_an_event"},
		{"an object of something else", `{"level":"info","msg":"<script>alert(1)</script>"}`, nil, "not_an_event"},
		{"id no UUID", byHand(todoID(70), "1"), nil, "undecodable"},
		{"version a word", byHand(`"1.0"`, `"first"`), nil, "undecodable"},
		{"version a number", byHand(`"1.0"`, `1.0`), nil, "undecodable"},
		{"title a number", byHand(`"by hand"`, `7`), nil, "undecodable"},
		{"CloudEvents binary that is no text", "{}", []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_id", Value: []byte("\xff\xfe")}, {Key: "ce_type", Value: []byte("Todo\x80")},
		}, "undecodable"},
		{"version far ahead", byHand(`"1.0"`, `"9.0"`), nil, "unsupported_version"},
		{"title empty", byHand(`"by hand"`, `""`), nil, "invalid"},
		{"title missing", byHand(`,"title":"by hand"`, ``), nil, "invalid"},
		{"todo_id no UUID", byHand(todoID(1), "1"), nil, "invalid"},
	}
	b := startCluster(t)
	var recs []*kgo.Record
	want := map[string]string{}
	for i, row := range rows {
		recs = append(recs, &kgo.Record{
			Topic: "todos", Partition: 1, Key: fmt.Appendf(nil, "key %d", i),
			Value: []byte(row.value), Headers: append(slices.Clone(row.headers), kgo.RecordHeader{Key: "row", Value: []byte(row.name)}),
		})
		want[row.name] = row.want
	}
	// One handled last: whatever came before, the consumer goes on.
	recs = append(recs, raw(t, 1, 1, "after all"))
	produce(t, client(t, b.Brokers()), recs...)

	got := map[string]string{}
	var mu sync.Mutex
	seen := map[int64]int{}
	var log logBook
	r := consume(t, b, eventbus.ConsumerConfig{Logger: log.logger(), Conversions: todo.Conversions, Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			d, _ := eventbus.DeliveryFrom(ctx)
			mu.Lock()
			defer mu.Unlock()
			seen[d.Offset]++
			if title := e.GetTitle(); title != "by hand" && title != "after all" {
				return eventbus.Permanent(errors.New("read wrongly"))
			}
			return nil
		}),
	}})
	eventually(t, "all settled", func() bool { return b.Committed(group, "todos")[1] == int64(len(recs)) })
	for i := range rows {
		got[rows[i].name] = skipped
	}
	mu.Lock() // no later record than those that have settled
	defer mu.Unlock()
	for offset, n := range seen {
		if n != 1 {
			t.Errorf("offset %d was handled %d times", offset, n)
		}
		if offset < int64(len(rows)) {
			got[rows[offset].name] = handled
		}
	}
	dead := 0
	for _, row := range rows {
		if row.want != handled && row.want != skipped {
			dead++
		}
	}
	for _, letter := range read(t, b.Brokers(), dlq, dead) {
		name := header(letter, "row")
		got[name] = header(letter, "dlq-reason")
		i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
		for _, h := range letter.Headers[len(recs[i].Headers):] {
			if !utf8.Valid(h.Value) {
				t.Errorf("%s: %s is no UTF-8 text", name, h.Key)
			}
		}
		if !sameBytes(letter.Value, recs[i].Value) || !sameBytes(letter.Key, recs[i].Key) {
			t.Errorf("%s: key %q and value %q became %q and %q", name, recs[i].Key, recs[i].Value, letter.Key, letter.Value)
		}
		if attempts := header(letter, "dlq-attempts"); attempts != "0" {
			t.Errorf("%s: %s attempts at what cannot be read", name, attempts)
		}
		if header(letter, "dlq-error") == "" || bytes.Contains([]byte(header(letter, "dlq-error")), []byte("by hand")) {
			t.Errorf("%s: dlq-error %q", name, header(letter, "dlq-error"))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	s := r.Stats()
	if s.SkippedUnknownType != 2 || s.Retries != 0 || seen[int64(len(rows))] != 1 {
		t.Errorf("%d skipped as unknown, %d retries, %v handled", s.SkippedUnknownType, s.Retries, seen)
	}
	if s.KeyDiffer == 0 {
		t.Error("keys that are not the payload's were not counted")
	}
	if text := log.text(); strings.Contains(text, "by hand") || strings.Count(text, "type=TodoDeleted") != 1 {
		t.Errorf("the log has a payload, or not one line about the type:\n%s", text)
	}
}

// next is an event of a major that this build does not know, the first after
// the highest known one.
func next(key int, version string) *kgo.Record {
	value := strings.Replace(byHand(`"1.0"`, `"`+version+`"`), todoID(1), todoID(key), 1)
	return &kgo.Record{Topic: "todos", Key: []byte(todoID(key)), Value: []byte(value)}
}

func TestC15_AnEventOfTheNextMajorHoldsItsKeyUntilAnUpgrade(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	held := next(1, "3.0")
	produce(t, client(t, b.Brokers()), held, raw(t, 0, 1, "behind it"), raw(t, 0, 2, "other key"), next(3, "4.0"))
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Conversions: todo.Conversions, Handlers: []eventbus.Handler{j.handler()}})
	letter := read(t, b.Brokers(), dlq, 1)[0] // two majors ahead is no deploy order
	if header(letter, "dlq-reason") != "unsupported_version" || header(letter, "dlq-offset") != "3" {
		t.Errorf("dead letter of offset %s: %s", header(letter, "dlq-offset"), header(letter, "dlq-reason"))
	}
	eventually(t, "other key handled", func() bool { return j.len() == 1 })
	var h eventbus.Health
	eventually(t, "health tells", func() bool { h = r.Health(); return !h.Ready && len(h.Reasons) == 1 })
	why := h.Reasons[0]
	if !h.Live || why.Code != eventbus.HealthVersionNeeded || why.Topic != "todos" || why.Offset != held.Offset || !strings.Contains(why.Detail, "knows major 3") {
		t.Errorf("health %+v", h)
	}
	eventually(t, "counted", func() bool {
		s := r.Stats()
		return s.Held == 1 && s.Dead[event.ReasonUnsupportedVersion] == 1
	})
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if diff := cmp.Diff([]string{"other key"}, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if got := b.Committed(group, "todos")[0]; got != held.Offset {
		t.Errorf("committed %d beyond the held record", got)
	}
}

// 2,048 records that claimed the next major, 540 KB, stopped their partition until a
// deployment that would never come.
func TestC15_AsManyKeysAreHeldAsMayBe(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 100 {
		recs = append(recs, next(100+i, "3.0"))
	}
	large := next(300, "3.0") // larger than what may be held beside others
	large.Value = append([]byte(`{"filling":"`+strings.Repeat("y", 100_000)+`",`), large.Value[1:]...)
	recs = append(recs, large, raw(t, 0, 1, "other key"))
	produce(t, client(t, b.Brokers()), recs...)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxInFlight: 64, MaxHeld: 3, MaxInFlightBytes: 1 << 20,
		Conversions: todo.Conversions, Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "the other key is handled", func() bool { return j.len() == 1 })
	for _, letter := range read(t, b.Brokers(), dlq, 98) {
		if got := header(letter, "dlq-reason"); got != "unsupported_version" || !strings.Contains(header(letter, "dlq-error"), "MaxHeld") {
			t.Errorf("offset %s: %s, %s", header(letter, "dlq-offset"), got, header(letter, "dlq-error"))
		}
	}
	eventually(t, "counted", func() bool {
		s := r.Stats()
		return s.Held == 3 && s.Dead[event.ReasonUnsupportedVersion] == 98
	})
	why := r.Health().Reasons
	if len(why) != 1 || why[0].Code != eventbus.HealthVersionNeeded || !strings.Contains(why[0].Detail, "(and 2 more of this partition)") {
		t.Errorf("health %+v", why)
	}
	if got := b.Committed(group, "todos")[0]; got > why[0].Offset {
		t.Errorf("committed %d beyond the record at %d, which is held", got, why[0].Offset)
	}
}

func TestC15_AnEventOfTheNextMajorMayBeDeadLettered(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()), next(1, "3.0"), raw(t, 0, 1, "behind it"))
	var j journal
	consume(t, b, eventbus.ConsumerConfig{OnUnsupportedVersion: eventbus.DeadLetter, Conversions: todo.Conversions, Handlers: []eventbus.Handler{j.handler()}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	if got := header(letter, "dlq-reason"); got != "unsupported_version" {
		t.Errorf("reason %s", got)
	}
	eventually(t, "the key goes on", func() bool { return j.len() == 1 })
}

func TestC16_ATombstoneTakesItsTurnAndIsNeverDecoded(t *testing.T) {
	t.Parallel()
	tombstones(t, startCluster(t))
}

func tombstones(t *testing.T, b *cluster) {
	t.Helper()
	tombstone := func(key int) *kgo.Record { return &kgo.Record{Topic: "todos", Key: []byte(todoID(key))} }
	failing := tombstone(4)
	produce(t, client(t, b.Brokers()),
		raw(t, 0, 1, "before"), tombstone(1), raw(t, 0, 1, "after"), tombstone(1),
		failing, &kgo.Record{Topic: "todos", Key: []byte(todoID(5)), Value: []byte{}})
	var mu sync.Mutex
	var order []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, s)
	}
	r := consume(t, b, eventbus.ConsumerConfig{Retry: soon, Handlers: []eventbus.Handler{
		eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error { note(e.GetTitle()); return nil }),
		eventbus.HandleTombstone[*todov1.TodoCreated](func(ctx context.Context, key string) error {
			if d, ok := eventbus.DeliveryFrom(ctx); !ok || d.Topic != "todos" {
				t.Errorf("delivery %+v", d)
			}
			if key == todoID(4) {
				return errors.New("away")
			}
			note("tombstone " + key)
			return nil
		}),
	}})
	eventually(t, "all settled", func() bool { return b.Committed(group, "todos")[0] == 6 })
	mu.Lock()
	defer mu.Unlock()
	want := []string{"before", "tombstone " + todoID(1), "after", "tombstone " + todoID(1)}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order of the key (-want +got):\n%s", diff)
	}
	reasons := map[string]string{}
	for _, letter := range read(t, b.Brokers(), dlq, 2) {
		reasons[header(letter, "dlq-offset")] = header(letter, "dlq-reason")
		if isNull := letter.Value == nil; isNull != (header(letter, "dlq-offset") == "4") {
			t.Errorf("offset %s: value null: %t", header(letter, "dlq-offset"), isNull)
		}
	}
	if diff := cmp.Diff(map[string]string{"4": "retries_exhausted", "5": "not_an_event"}, reasons); diff != "" {
		t.Errorf("dead letters by offset (-want +got):\n%s", diff)
	}
	if s := r.Stats(); s.SkippedTombstones != 0 || s.Handled != 4 {
		t.Errorf("%d skipped, %d handled", s.SkippedTombstones, s.Handled)
	}
}

func TestC16_WithoutAHandlerTombstonesAreSkippedAndCounted(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Brokers()}, Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	if _, err := p.PublishTombstone(context.Background(), created(1, "")); err != nil {
		t.Fatal(err)
	}
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); s.SkippedTombstones != 1 || s.Skipped != 1 || len(s.Dead) != 0 || j.len() != 0 {
		t.Errorf("%d tombstones skipped of %d, dead %v, %d handled", s.SkippedTombstones, s.Skipped, s.Dead, j.len())
	}
}

func TestC21_CorrelationAndCausationReachEveryPublishOfTheHandler(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Brokers()}, Source: "todo-api"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	correlation := todoID(17)
	root, err := p.Publish(context.Background(), created(1, "root"), event.WithCorrelation(correlation))
	if err != nil {
		t.Fatal(err)
	}
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if e.GetTitle() != "root" {
				return nil
			}
			md, ok := event.MetadataFrom(ctx)
			if !ok || md.ID != root.EventID || md.CorrelationID != correlation {
				t.Errorf("metadata in ctx: %+v", md)
			}
			type key struct{}
			ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1)) // as libraries do
			defer cancel()
			pending := p.PublishAsync(ctx, created(2, "asynchronous"))
			results := p.PublishBatch(ctx, eventbus.Outs(created(3, "batch"))...)
			_, err := pending.Wait(ctx)
			return errors.Join(err, eventbus.FirstError(results))
		}),
	}})
	got := map[string][2]string{}
	for _, rec := range b.WaitRecords("todos", 3) {
		md, msg, err := event.Decode(rec.Record)
		if err != nil {
			t.Fatal(err)
		}
		got[msg.(*todov1.TodoCreated).GetTitle()] = [2]string{md.CorrelationID, md.CausationID}
	}
	want := map[string][2]string{
		"root": {correlation, ""}, "asynchronous": {correlation, root.EventID}, "batch": {correlation, root.EventID},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("correlation and causation (-want +got):\n%s", diff)
	}
}
