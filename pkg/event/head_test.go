package event_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	analyticsv1 "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func TestCheckRecord(t *testing.T) {
	t.Parallel()
	good, err := event.Encode(t.Context(), created(), event.WithID(noteID), event.WithSource("outbox"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*event.Record)) event.Record {
		r := good
		change(&r)
		return r
	}
	value := func(old, text string) event.Record {
		if !strings.Contains(string(good.Value), old) {
			t.Fatalf("%s has no %s", good.Value, old)
		}
		return with(func(r *event.Record) { r.Value = []byte(strings.Replace(string(good.Value), old, text, 1)) })
	}
	rows := map[string]struct {
		rec    event.Record
		reason event.Reason // "": it can be read, and may not be written
		want   string       // in the error; "": none
	}{
		"good":                   {good, "", ""},
		"broken payload":         {value(`"title"`, `"tittle"`), "", ""}, // payloads are not looked at
		"null correlation":       {value(`"correlation_id":"`+noteID+`"`, `"correlation_id":null`), "", ""},
		"correlation no UUID":    {value(`"correlation_id":"`+noteID+`"`, `"correlation_id":"request 1"`), "", "UUID"},
		"causation no UUID":      {value(`"causation_id":null`, `"causation_id":"x"`), "", "UUID"},
		"source no URI":          {value(`"outbox"`, `"%zz"`), "", "URI-reference"},
		"no key":                 {with(func(r *event.Record) { r.Key = nil }), "", "todo_id"},
		"empty key":              {with(func(r *event.Record) { r.Key = []byte{} }), "", "todo_id"},
		"type of another topic":  {with(func(r *event.Record) { r.Topic = "analytics" }), event.ReasonUnknownType, "analytics"},
		"unknown major":          {value(`"1.0"`, `"9.0"`), event.ReasonUnsupportedVersion, "major 9"},
		"revision ahead of ours": {value(`"1.0"`, `"1.7"`), "", ""},
		"no id":                  {value(`"event_id"`, `"event_jd"`), event.ReasonUndecodable, "event_id"},
		"no value":               {with(func(r *event.Record) { r.Value = nil }), event.ReasonNotAnEvent, "empty"},
		"no event":               {with(func(r *event.Record) { r.Value = []byte("[]") }), event.ReasonNotAnEvent, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			md, c, err := event.Linked().CheckRecord(row.rec)
			if row.reason == "" && row.want == "" {
				if err != nil || md.ID != noteID || c.Type != "TodoCreated" || c.Major != 1 {
					t.Errorf("CheckRecord = %+v, %v, %v", md, c, err)
				}
				return
			}
			if got := event.ReasonOf(err); got != row.reason || err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("CheckRecord = %v with reason %q, want %q with reason %q", err, got, row.want, row.reason)
			}
			if row.reason == "" && !errors.Is(err, event.ErrInvalid) {
				t.Errorf("%v does not match ErrInvalid", err)
			}
		})
	}
}

func TestEncodeMetadataTellsTheMetadata(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 21, 51, 31, 146828999, time.UTC)
	ctx := event.ContextWith(t.Context(), event.Metadata{ID: noteID, CorrelationID: todoID})
	for _, msg := range []proto.Message{created(), push(), &analyticsv1.UserLogin{UserId: userID}} {
		rec, got, err := event.Linked().EncodeMetadata(ctx, msg, event.WithSource("test"), event.WithTime(at))
		if err != nil {
			var invalid *event.InvalidError
			if !errors.As(err, &invalid) || got.ID == "" || got != invalid.Metadata {
				t.Errorf("%v with the metadata %+v", err, got)
			}
			continue
		}
		want, err := event.Head(rec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("metadata (-written +told):\n%s", diff)
		}
	}
	if _, md, err := event.Linked().EncodeMetadata(ctx, nil); err == nil || md != (event.Metadata{}) {
		t.Errorf("nil: %+v, %v", md, err)
	}
	if _, md, err := event.Linked().EncodeMetadata(ctx, (*todov1.TodoCreated)(nil), event.WithID(noteID)); err == nil || md.ID != noteID {
		t.Errorf("typed nil: %+v, %v", md, err)
	}
}
