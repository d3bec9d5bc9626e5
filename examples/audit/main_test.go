package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/examples/internal/declared"
	auditv1 "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const (
	milk  = "11111111-1111-4111-8111-111111111111"
	user  = "33333333-3333-4333-8333-333333333333"
	cause = "44444444-4444-4444-8444-444444444444"
)

func TestEventsOfAllTopicsHaveARow(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("audit-log"))
	ctx := event.WithCorrelationID(t.Context(), cause)
	var want []string
	for _, msg := range []proto.Message{
		&todov1.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"},
		&todov2.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"},
		&notificationv1.EmailNotificationSent{
			NotificationId: milk, UserId: user, Recipient: "someone@example.com", Template: "welcome", SentAt: timestamppb.Now(),
		},
		&auditv1.PermissionChanged{
			UserId: user, ActorId: user, Permission: "admin", Action: "granted", ChangedAt: timestamppb.Now(),
		},
	} {
		rec, err := event.Encode(ctx, msg, event.WithSource("a-test"))
		if err != nil {
			t.Fatal(err)
		}
		md, _, err := event.Decode(rec)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(rec)
		want = append(want, md.Type+" "+md.Version+" "+md.ID+" "+md.CorrelationID)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var out bytes.Buffer
	go func() { ended <- run(ctx, kafkaconn.Connection{Brokers: b.Brokers()}, "localhost:0", &out) }()
	for _, topic := range []string{"todos", "notifications", "audit"} {
		b.WaitCommitted("audit-log", topic)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range bytes.Lines(out.Bytes()) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Type+" "+r.Version+" "+r.ID+" "+r.Correlation)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, personal := range []string{"someone@example.com", "Buy milk"} {
		if bytes.Contains(out.Bytes(), []byte(personal)) {
			t.Errorf("the trail has %q:\n%s", personal, &out)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// An event whose row cannot be written is not settled.
func TestAFullDiskIsAnError(t *testing.T) {
	t.Parallel()
	cfg := (&trail{out: full{}}).consumerConfig(kafkaconn.Connection{})
	err := eventbustest.Deliver(t.Context(), cfg, &todov2.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"}, event.WithTime(time.Unix(0, 0)))
	if err == nil || err.Error() != "write to the audit trail: no space left on device" {
		t.Errorf("%v", err)
	}
}

func TestHandlesWhatServicesYAMLSays(t *testing.T) {
	t.Parallel()
	s, err := declared.Read("../../services.yaml", "audit-log")
	if err != nil {
		t.Fatal(err)
	}
	cfg := (&trail{}).consumerConfig(kafkaconn.Connection{})
	handled, err := declared.Handled(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Groups) != 1 || s.Groups[0].Name != cfg.Group {
		t.Fatalf("group %q, declared %+v", cfg.Group, s.Groups)
	}
	slices.Sort(s.Groups[0].Handles)
	if diff := cmp.Diff(s.Groups[0].Handles, handled); diff != "" {
		t.Errorf("types (-services.yaml +code):\n%s", diff)
	}
}
