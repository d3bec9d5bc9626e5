package event_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	todoID = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	userID = "16d3ef8c-6b9f-477e-963a-647678e081ce"
	noteID = "3bef3d62-1869-4156-912c-d74879a3549f"
)

func created() *todov1.TodoCreated {
	return &todov1.TodoCreated{
		TodoId: todoID, UserId: userID, Title: `Buy "milk" and ünï \ 🥛`,
		Priority: proto.String("high"),
		DueDate:  timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
}

func push() *notificationv1.PushNotificationSent {
	return &notificationv1.PushNotificationSent{
		NotificationId: noteID, UserId: userID, DeviceId: "d1", Title: "Due",
		SentAt: timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)),
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 21, 51, 31, 146828999, time.UTC)
	for _, msg := range []proto.Message{created(), push()} {
		rec, err := event.Encode(context.Background(), msg, event.WithTime(at), event.WithSource("test"))
		if err != nil {
			t.Fatal(err)
		}
		md, got, err := event.Decode(rec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(msg, got, protocmp.Transform()); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
		if !md.Time.Equal(at.Truncate(time.Microsecond)) || md.Source != "test" || md.CorrelationID != md.ID || md.CausationID != "" {
			t.Errorf("metadata %+v", md)
		}
		if id, err := uuid.Parse(md.ID); err != nil || id.Version() != 7 {
			t.Errorf("id %q is not a UUIDv7", md.ID)
		}
	}
}

func TestFlatIsPythons(t *testing.T) {
	t.Parallel()
	// As the Python services write it: no zone, null for what is unset, blanks.
	rec := event.Record{Topic: "todos", Key: []byte(noteID), Value: []byte(
		`{"event_id": "` + noteID + `", "event_type": "TodoCreated", "event_version": "1.0", "timestamp": "2026-11-23T21:51:31.146828", ` +
			`"correlation_id": null, "todo_id": "` + todoID + `", "user_id": "` + userID + `", "title": "Buy \ud83e\udd5b", "description": null, ` +
			`"priority": "medium", "due_date": "2026-12-24T18:30:00"}`)}
	md, got, err := event.Decode(rec)
	if err != nil {
		t.Fatal(err)
	}
	want := &todov1.TodoCreated{
		TodoId: todoID, UserId: userID, Title: "Buy 🥛", Priority: proto.String("medium"),
		DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)),
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if !md.Time.Equal(time.Date(2026, 11, 23, 21, 51, 31, 146828000, time.UTC)) || md.CorrelationID != "" {
		t.Errorf("metadata %+v", md)
	}
	back, err := event.Encode(context.Background(), got, event.WithID(md.ID))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(back.Value), `"description":null`) {
		t.Errorf("an unset optional field must be null: %s", back.Value)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	msg := created()
	msg.Priority = nil
	rec, err := event.Encode(context.Background(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if msg.Priority != nil {
		t.Error("Encode changed the caller's message")
	}
	if !strings.Contains(strings.ReplaceAll(string(rec.Value), " ", ""), `"priority":"medium"`) {
		t.Errorf("the default is not written: %s", rec.Value)
	}
	for _, value := range []string{"null", ""} {
		v := flat(value)
		_, got, err := event.Decode(event.Record{Topic: "todos", Value: []byte(v)})
		if err != nil {
			t.Fatal(err)
		}
		if p := got.(*todov1.TodoCreated).GetPriority(); p != "medium" {
			t.Errorf("priority %q in %s", p, v)
		}
	}
}

// flat is a TodoCreated with the given priority, or none for "".
func flat(priority string) string {
	s := `{"event_id":"` + noteID + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-23T21:51:31Z","todo_id":"` +
		todoID + `","user_id":"` + userID + `","title":"x"`
	if priority != "" {
		s += `,"priority":` + priority
	}
	return s + "}"
}

func TestCausation(t *testing.T) {
	t.Parallel()
	ctx := event.ContextWith(context.Background(), event.Metadata{ID: noteID, CorrelationID: todoID})
	rec, err := event.Encode(ctx, push())
	if err != nil {
		t.Fatal(err)
	}
	md, err := event.Head(rec)
	if err != nil {
		t.Fatal(err)
	}
	if md.CausationID != noteID || md.CorrelationID != todoID {
		t.Errorf("metadata %+v", md)
	}
	// A record without a correlation id hands on its own id.
	rec, err = event.Encode(event.ContextWith(context.Background(), event.Metadata{ID: noteID}), push())
	if err != nil {
		t.Fatal(err)
	}
	if md, _ := event.Head(rec); md.CorrelationID != noteID {
		t.Errorf("correlation id %q", md.CorrelationID)
	}
	rec, err = event.Encode(event.WithCorrelationID(context.Background(), "request 1"), push())
	if err != nil {
		t.Fatal(err)
	}
	if md, _ := event.Head(rec); md.CorrelationID != "request 1" {
		t.Errorf("correlation id %q", md.CorrelationID)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	secret := "not-an-address"
	rows := []struct {
		name string
		msg  proto.Message
		opts []event.Option
		want string
	}{
		{"rule", &todov1.TodoCreated{TodoId: todoID, UserId: userID}, nil, "title: string.min_len"},
		{"key", &todov1.TodoCreated{UserId: userID, Title: "x"}, nil, "todo_id"},
		{"id", created(), []event.Option{event.WithID("{" + noteID + "}")}, "not a UUID"},
		{"flat correlation", created(), []event.Option{event.WithCorrelation("request 1")}, "not a UUID"},
		{"time", created(), []event.Option{event.WithTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, "years"},
		{"value hidden", &notificationv1.EmailNotificationSent{NotificationId: noteID, UserId: userID, Recipient: secret, Template: "t", SentAt: timestamppb.Now()}, nil, "recipient"},
		{"nil", (*todov1.TodoCreated)(nil), nil, "nil"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := event.Encode(context.Background(), row.msg, row.opts...)
			if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("error %v, want ErrInvalid with %q", err, row.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
	if _, err := event.Encode(context.Background(), timestamppb.Now()); !errors.Is(err, event.ErrContract) {
		t.Errorf("a message that is no event: %v", err)
	}
}

func TestMajorsConvert(t *testing.T) {
	t.Parallel()
	v2 := &todov2.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Priority: proto.String("low"), Tags: []string{"a"}}
	v1 := &todov1.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Priority: proto.String("low")}
	up := &todov2.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Priority: proto.String("low")}
	rows := []struct{ written, want proto.Message }{{v1, v1}, {v1, up}, {v2, v1}, {v2, v2}}
	for _, row := range rows {
		rec, err := event.Encode(context.Background(), row.written)
		if err != nil {
			t.Fatal(err)
		}
		rd, err := event.NewReader([]proto.Message{row.want},
			event.ByName[*todov1.TodoCreated, *todov2.TodoCreated](), event.ByName[*todov2.TodoCreated, *todov1.TodoCreated]())
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := rd.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%T as %T (-want +got):\n%s", row.written, row.want, diff)
		}
	}
}

func TestConversionFailed(t *testing.T) {
	t.Parallel()
	rec, err := event.Encode(context.Background(), created())
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(*todov1.TodoCreated) (*todov2.TodoCreated, error){
		"error": func(*todov1.TodoCreated) (*todov2.TodoCreated, error) { return nil, errors.New("no") },
		"nil":   func(*todov1.TodoCreated) (*todov2.TodoCreated, error) { return nil, nil },
		"panic": func(*todov1.TodoCreated) (*todov2.TodoCreated, error) { panic("secret") },
	} {
		rd, err := event.NewReader([]proto.Message{&todov2.TodoCreated{}}, event.Convert(f))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := rd.Read(rec); event.ReasonOf(err) != event.ReasonConversionFailed || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReaderRoutes(t *testing.T) {
	t.Parallel()
	rd, err := event.NewReader([]proto.Message{&todov1.TodoCreated{}})
	if err != nil {
		t.Fatal(err)
	}
	read := func(typ, version string) *event.Error {
		v := strings.Replace(strings.Replace(flat(""), "TodoCreated", typ, 1), "1.0", version, 1)
		_, _, err := rd.Read(event.Record{Topic: "todos", Value: []byte(v)})
		var e *event.Error
		errors.As(err, &e)
		return e
	}
	if e := read("TodoDeleted", "1.0"); e == nil || e.Reason != event.ReasonUnknownType {
		t.Errorf("a type without handler: %v", e)
	}
	if e := read("TodoCreated", "3.0"); e == nil || e.Reason != event.ReasonUnsupportedVersion || !e.Ahead || e.Major != 3 {
		t.Errorf("the next major: %+v", e)
	}
	if e := read("TodoCreated", "4.0"); e == nil || e.Reason != event.ReasonUnsupportedVersion || e.Ahead {
		t.Errorf("a far major: %+v", e)
	}
	if e := read("TodoCreated", "1.7"); e != nil {
		t.Errorf("a later revision: %v", e)
	}
	if _, err := event.NewReader([]proto.Message{&todov1.TodoCreated{}, &todov2.TodoCreated{}}); !errors.Is(err, event.ErrContract) {
		t.Errorf("two readers of one event: %v", err)
	}
}
