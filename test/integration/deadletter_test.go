package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func TestD1_AMissingDeadLetterTopicFailsTheStart(t *testing.T) {
	t.Parallel()
	b := startCluster(t, onlyTopics("todos"))
	var j journal
	_, err := eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}}))
	if !errors.Is(err, eventbus.ErrConfig) {
		t.Fatalf("NewConsumer: %v, want ErrConfig", err)
	}
	for _, want := range []string{
		`Handlers: topics "todos.notifier.dlq", "todos.notifier.redrive" of group "notifier" do not exist: list the group below its service in services.yaml, ` +
			`such as "groups: [{name: notifier, handles: [TodoCreated], deploys: [1]}]", and run eventctl topics apply; or run eventctl topics apply --group notifier --events TodoCreated`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), `"todos" does not exist`) {
		t.Errorf("the error names a topic that is there: %v", err)
	}
}

func allow(name string, op kmsg.ACLOperation) kfake.ACL {
	return allowOn(kmsg.ACLResourceTypeTopic, name, op)
}

func allowOn(kind kmsg.ACLResourceType, name string, op kmsg.ACLOperation) kfake.ACL {
	return kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: op, Allow: true}
}

// withRights makes a consumer of a principal that has these rights alone.
func withRights(t *testing.T, logger *slog.Logger, rights ...kfake.ACL) (*eventbus.Consumer, error) {
	t.Helper()
	b := startFaulty(t, func(cfg *broker.Config) {
		cfg.Options = append(cfg.Options, kfake.EnableSASL(), kfake.EnableACLs(),
			kfake.Superuser("PLAIN", "admin", "admin"), kfake.User("PLAIN", "notifier", "secret", rights...))
	})
	var j journal
	return eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{SASL: &kafkaconn.SASL{Mechanism: "PLAIN", Username: "notifier", Password: "secret"}, Insecure: true}, Logger: logger,
		Handlers: []eventbus.Handler{j.handler()},
	}))
}

func TestD1_WithoutTheRightToReadConfigurationsTheStartWarns(t *testing.T) {
	t.Parallel()
	var log logBook
	_, err := withRights(t, log.logger(), allow("todos", kmsg.ACLOperationRead), allow("todos.notifier.redrive", kmsg.ACLOperationRead),
		allow("todos.notifier.dlq", kmsg.ACLOperationWrite), allowOn(kmsg.ACLResourceTypeGroup, group, kmsg.ACLOperationRead))
	if err != nil {
		t.Fatal(err)
	}
	if text := log.text(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, "size limits are not known") {
		t.Errorf("the log:\n%s", text)
	}
}

func TestD1_ADeadLetterTopicThatTakesLessThanItsSourceIsWarnedOf(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bytes string
		warns bool
	}{
		"as created":                    {"", false},
		"as large as the source":        {"1048588", true},
		"with room for the headers":     {"1056780", false},
		"a byte less than that":         {"1056779", true},
		"far below what the source has": {"2100", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var edits []edit
			if row.bytes != "" {
				edits = append(edits, withTopicConfig(dlq, "max.message.bytes", row.bytes))
			}
			b := startCluster(t, edits...)
			var log logBook
			var j journal
			if _, err := eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{Logger: log.logger(), Handlers: []eventbus.Handler{j.handler()}})); err != nil {
				t.Fatal(err)
			}
			text := log.text()
			if got := strings.Contains(text, "dead_letter_topic="+dlq); got != row.warns || strings.Contains(text, "size limits are not known") {
				t.Errorf("warned: %t, want %t; the log:\n%s", got, row.warns, text)
			}
		})
	}
}

// Without the right to write dead letters the first failure would block its key
// for ever: it shows at the start.
func TestD1_MissingRightsFailTheStart(t *testing.T) {
	t.Parallel()
	_, err := withRights(t, nil, allow("todos", kmsg.ACLOperationRead), allow("todos.notifier.redrive", kmsg.ACLOperationDescribe),
		allow("todos.notifier.dlq", kmsg.ACLOperationDescribe))
	if !errors.Is(err, eventbus.ErrConfig) {
		t.Fatalf("NewConsumer: %v, want ErrConfig", err)
	}
	for _, want := range []string{
		`topic "todos.notifier.dlq": no right to write: grant WRITE`, `topic "todos.notifier.redrive": no right to read: grant READ`,
		`group "notifier": no right to read: grant READ`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), `topic "todos":`) {
		t.Errorf("the error names a right that is granted: %v", err)
	}
}

// partitionOf is where every producer places a key, by an implementation that
// is not ours.
func partitionOf(key []byte, partitions int) int32 {
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("any").Partition(&kgo.Record{Key: key}, partitions))
}

// sameBytes compares byte for byte, null and empty told apart.
func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func TestD2_D7_ADeadLetterIsTheRecordByteForByteAtItsKeysPlace(t *testing.T) {
	t.Parallel()
	const partitions = 2 // of the dead-letter topic: fewer than of todos
	b := startCluster(t, withPartitions(dlq, partitions))
	binary := []byte{0, 0xff, 0xfe, '\r', '\n', 0x80}
	headers := []kgo.RecordHeader{
		{Key: "trace", Value: []byte("a")},
		{Key: "empty", Value: []byte{}},
		{Key: "null", Value: nil},
		{Key: "trace", Value: []byte("b")},
		{Key: "", Value: binary},
		{Key: "naïve\x80", Value: []byte("x")},
		{Key: "trace", Value: []byte("a")},
	}
	records := []*kgo.Record{
		{Partition: 0, Key: []byte("k1"), Value: []byte("no JSON"), Headers: headers},
		{Partition: 1, Key: nil, Value: binary, Headers: headers[:2]},
		{Partition: 2, Key: nil, Value: []byte{}},
		{Partition: 2, Key: []byte{}, Value: []byte("[]")},
		{Partition: 1, Key: binary, Value: bytes.Repeat([]byte("x"), 900_000)},
		{Partition: 2, Key: []byte("k4"), Value: []byte(`{"event_type":7}`)},
	}
	for i := range 30 { // one key, others between, and so many without one that no partitioner hits their places by chance
		records = append(records, &kgo.Record{Partition: 0, Key: []byte("k1"), Value: fmt.Appendf(nil, "again %d", i)},
			&kgo.Record{Partition: 0, Key: fmt.Appendf(nil, "other %d", i), Value: []byte("x")},
			&kgo.Record{Partition: int32(i % 3), Value: fmt.Appendf(nil, "keyless %d", i)})
	}
	for _, r := range records {
		r.Topic = "todos"
	}
	produce(t, client(t, b.Brokers()), records...)
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	letters := map[string]*kgo.Record{}
	last := map[string]int64{}
	for _, letter := range read(t, b.Brokers(), dlq, len(records)) {
		letters[header(letter, "dlq-partition")+"/"+header(letter, "dlq-offset")] = letter
		if letter.Key == nil {
			continue
		}
		offset, err := strconv.ParseInt(header(letter, "dlq-offset"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		id := header(letter, "dlq-partition") + "/" + string(letter.Key)
		if before, ok := last[id]; ok && before > offset {
			t.Errorf("key %q: the dead letter of %d comes after that of %d", letter.Key, offset, before)
		}
		last[id] = offset
	}
	for _, r := range records {
		letter := letters[fmt.Sprintf("%d/%d", r.Partition, r.Offset)]
		if letter == nil {
			t.Errorf("%d/%d has no dead letter", r.Partition, r.Offset)
			continue
		}
		if !sameBytes(letter.Key, r.Key) || !sameBytes(letter.Value, r.Value) {
			t.Errorf("%d/%d: key %q and value %.30q became %q and %.30q", r.Partition, r.Offset, r.Key, r.Value, letter.Key, letter.Value)
		}
		if len(letter.Headers) < len(r.Headers) {
			t.Errorf("%d/%d: %d headers became %d", r.Partition, r.Offset, len(r.Headers), len(letter.Headers))
			continue
		}
		for i, h := range r.Headers {
			if got := letter.Headers[i]; got.Key != h.Key || !sameBytes(got.Value, h.Value) {
				t.Errorf("%d/%d: header %d %q=%q (null: %t) became %q=%q (null: %t)",
					r.Partition, r.Offset, i, h.Key, h.Value, h.Value == nil, got.Key, got.Value, got.Value == nil)
			}
		}
		for _, h := range letter.Headers[len(r.Headers):] {
			if !strings.HasPrefix(h.Key, "dlq-") {
				t.Errorf("%d/%d: header %q was added", r.Partition, r.Offset, h.Key)
			}
		}
		want := r.Partition % partitions
		if r.Key != nil {
			want = partitionOf(r.Key, partitions)
		}
		if letter.Partition != want {
			t.Errorf("%d/%d: the dead letter of key %q is in partition %d, want %d", r.Partition, r.Offset, r.Key, letter.Partition, want)
		}
	}
	if j.len() != 0 {
		t.Errorf("%d of them were handled", j.len())
	}
}

func TestD3_HeadersTellTheWholeTrip(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	began := time.Now().Add(-time.Second)
	place := write(t, b, 1, "refused")[0]
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return eventbus.Permanent(errors.New("no")) }),
	}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	md, _, err := event.Decode(place.Record)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, h := range letter.Headers {
		got[h.Key] = string(h.Value)
	}
	for _, name := range []string{"dlq-first-failed-at", "dlq-failed-at"} {
		if at, err := time.Parse(time.RFC3339, got[name]); err != nil || at.Before(began) || at.After(time.Now()) {
			t.Errorf("%s %q: %v", name, got[name], err)
		}
		delete(got, name)
	}
	partition, offset := strconv.Itoa(place.Partition), strconv.FormatInt(place.Offset, 10)
	timestamp := strconv.FormatInt(b.Records("todos")[0].Timestamp.UnixMilli(), 10)
	want := map[string]string{
		"dlq-id": "notifier/todos/" + partition + "/" + offset, "dlq-reason": "permanent", "dlq-error": "permanent: no",
		"dlq-topic": "todos", "dlq-partition": partition, "dlq-offset": offset, "dlq-timestamp": timestamp,
		"dlq-group": "notifier", "dlq-handler": "events.todo.v1.TodoCreated", "dlq-attempts": "1",
		"dlq-event-id": md.ID, "dlq-event-type": "TodoCreated", "dlq-disclosure": "1",
		"dlq-origin-topic": "todos", "dlq-origin-partition": partition, "dlq-origin-offset": offset, "dlq-origin-timestamp": timestamp,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if letter.Timestamp.Before(began) {
		t.Errorf("the dead letter's own time is %s", letter.Timestamp)
	}
	eventually(t, "counted once acknowledged", func() bool { return r.Stats().Dead[event.ReasonPermanent] == 1 })
}

func TestD3_HeadersStayWithinTheirLimits(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "long error")
	fields := strings.Repeat(`"",`, 300) + `""` // each breaks a rule; of larger payloads the first one alone is told
	b.Write(event.Record{Topic: "todos", Key: []byte("k"), Value: []byte(`{"event_id":"` + todoID(77) + `","event_type":"TodoUpdated","event_version":"1.0",` +
		`"timestamp":"2026-11-24T10:00:00Z","todo_id":"` + todoID(1) + `","user_id":"` + todoID(2) + `","changes":{"a":1},"updated_fields":[` + fields + `]}`)})
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			return eventbus.Permanent(errors.New("\xff" + strings.Repeat("é", 50_000)))
		}),
		eventbus.Handle(func(context.Context, *todov1.TodoUpdated) error { return nil }),
	}})
	for _, letter := range read(t, b.Brokers(), dlq, 2) {
		sum := 0
		for _, h := range letter.Headers {
			sum += len(h.Key) + len(h.Value)
			if !utf8.Valid(h.Value) {
				t.Errorf("%s is no UTF-8 text", h.Key)
			}
		}
		if sum > 8<<10 {
			t.Errorf("%d bytes of headers", sum)
		}
		text, violations := header(letter, "dlq-error"), header(letter, "dlq-violations")
		switch header(letter, "dlq-event-type") {
		case "TodoCreated":
			if len(text) > 1<<10 || len(text) < 1000 {
				t.Errorf("dlq-error has %d bytes", len(text))
			}
		case "TodoUpdated":
			var list []event.Violation
			if err := json.Unmarshal([]byte(violations), &list); err != nil || len(violations) > 4<<10 || len(list) < 10 {
				t.Errorf("dlq-violations has %d bytes and %d elements: %v", len(violations), len(list), err)
			}
		}
	}
}

func TestD3_SpoofedHeadersAreNotTrusted(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	rec := encode(t, created(1, "spoofed"))
	for _, name := range []string{
		"dlq-id", "dlq-reason", "dlq-topic", "dlq-group", "dlq-origin-topic", "dlq-origin-partition", "dlq-origin-offset",
		"dlq-origin-timestamp", "redrive-group", "redrive-topic", "redrive-count",
	} {
		rec.Headers = append(rec.Headers, event.Header{Key: name, Value: []byte("9")})
	}
	place := b.Write(rec)[0]
	var redriven atomic.Bool
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			d, _ := eventbus.DeliveryFrom(ctx)
			redriven.Store(d.Redriven)
			return eventbus.Permanent(errors.New("no"))
		}),
	}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	for i, h := range rec.Headers {
		if letter.Headers[i].Key != h.Key || string(letter.Headers[i].Value) != "9" {
			t.Errorf("header %s is not the record's any more", h.Key)
		}
	}
	for name, want := range map[string]string{
		"dlq-id": fmt.Sprintf("notifier/todos/%d/%d", place.Partition, place.Offset), "dlq-reason": "permanent",
		"dlq-topic": "todos", "dlq-group": "notifier", "dlq-origin-topic": "todos",
		"dlq-origin-partition": strconv.Itoa(place.Partition), "dlq-origin-offset": strconv.FormatInt(place.Offset, 10),
	} {
		if got := header(letter, name); got != want {
			t.Errorf("the last %s is %q, want %q", name, got, want)
		}
	}
	if redriven.Load() {
		t.Error("the handler was told that the event is redriven")
	}
}

func TestD3_PersonalValuesReachNoHeaderAndNoLog(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	const address = "o'hara+list@example.org"
	sent := func(n int) *notificationv1.EmailNotificationSent {
		return &notificationv1.EmailNotificationSent{
			NotificationId: todoID(n), UserId: todoID(n), Recipient: address, Template: "welcome", SentAt: timestamppb.Now(),
		}
	}
	var recs []event.Record
	for _, i := range []int{0, 1, 2, 3} {
		recs = append(recs, encode(t, sent(i)))
	}
	bad := encode(t, sent(5))
	bad.Value = bytes.Replace(bad.Value, []byte(address), []byte("o'hara+list AT example.org"), 1)
	wrong := encode(t, sent(6))
	wrong.Value = bytes.Replace(wrong.Value, []byte(`"`+address+`"`), []byte(`["`+address+`"]`), 1)
	tombstone := encode(t, sent(8))
	tombstone.Key, tombstone.Value = []byte(address), nil
	b.Write(append(recs, bad, wrong, tombstone)...)
	var log logBook
	full := errors.New("the mailbox is full")
	consume(t, b, eventbus.ConsumerConfig{Retry: soon, Logger: log.logger(), Handlers: []eventbus.Handler{
		eventbus.HandleTombstone[*notificationv1.EmailNotificationSent](func(_ context.Context, key string) error {
			return eventbus.Permanent(fmt.Errorf("forget %s: %w", key, eventbus.Public(full)))
		}),
		eventbus.Handle(func(ctx context.Context, e *notificationv1.EmailNotificationSent) error {
			to := e.GetRecipient()
			e.Recipient = "changed" // a handler may change its message
			switch e.GetUserId() {
			case todoID(0):
				return fmt.Errorf("550 mailbox %s unavailable since %s: %v", strings.ToLower(to), html.EscapeString(to), e)
			case todoID(1):
				return eventbus.Permanent(fmt.Errorf("get https://mail.example/?to=%s: %q", "o%27hara%2Blist%40example.org", to))
			case todoID(2):
				panic(to)
			}
			return eventbus.Skip("no consent of " + to)
		}),
	}})
	letters := read(t, b.Brokers(), "notifications."+group+".dlq", 6)
	b.WaitCommitted(group, "notifications")
	reasons := map[string]int{}
	public := 0
	year := strconv.Itoa(time.Now().Year())
	for _, letter := range letters {
		reasons[header(letter, "dlq-reason")]++
		for _, h := range letter.Headers {
			if bytes.Contains(bytes.ToLower(h.Value), []byte("hara")) || h.Key == "dlq-error" && bytes.Contains(h.Value, []byte(year)) {
				t.Errorf("%s: %s", h.Key, h.Value)
			}
			if h.Key == "dlq-error" && strings.HasPrefix(string(h.Value), full.Error()) {
				public++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"retries_exhausted": 1, "permanent": 2, "panic": 1, "invalid": 1, "undecodable": 1}, reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if public != 1 {
		t.Errorf("%d dead letters with the public text, want 1", public)
	}
	text := log.text()
	if !strings.Contains(text, "its text is not shown") || strings.Contains(strings.ToLower(text), "hara") {
		t.Errorf("the log:\n%s", text)
	}
}
