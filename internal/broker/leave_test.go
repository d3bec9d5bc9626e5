package broker_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// member is one of a group, request by request.
type member struct {
	client     *kgo.Client
	id         string
	generation int32
}

func (m *member) join(ctx context.Context) error {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.MemberID, req.ProtocolType = "notifier", m.id, "consumer"
	req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = 60_000, 300_000
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name = "range"
	req.Protocols = append(req.Protocols, protocol)
	resp, err := req.RequestWith(ctx, m.client)
	if err != nil {
		return err
	}
	m.id, m.generation = resp.MemberID, resp.Generation
	return kerr.ErrorForCode(resp.ErrorCode)
}

func (m *member) sync(ctx context.Context) error {
	req := kmsg.NewPtrSyncGroupRequest()
	req.Group, req.MemberID, req.Generation = "notifier", m.id, m.generation
	resp, err := req.RequestWith(ctx, m.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}

func (m *member) leave(ctx context.Context) error {
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = "notifier"
	who := kmsg.NewLeaveGroupRequestMember()
	who.MemberID = m.id
	req.Members = append(req.Members, who)
	_, err := req.RequestWith(ctx, m.client)
	return err
}

// syncing is a group of two, of which the one that does not lead waits for its
// assignment.
func syncing(t *testing.T, b *broker.Broker) (leader, waits *member, synced <-chan error) {
	t.Helper()
	ctx := deadline(t)
	leader, waits = &member{client: client(t, b)}, &member{client: client(t, b)}
	for _, m := range []*member{leader, waits} {
		if err := m.join(ctx); !errors.Is(err, kerr.MemberIDRequired) {
			t.Fatalf("a first join: %v", err)
		}
	}
	if err := leader.join(ctx); err != nil { // alone, and so the leader
		t.Fatal(err)
	}
	joined, arrived := make(chan error, 1), seen(b, kmsg.JoinGroup)
	go func() { joined <- waits.join(ctx) }()
	<-arrived
	if err := errors.Join(leader.join(ctx), <-joined); err != nil {
		t.Fatal(err)
	}
	answer, arrived := make(chan error, 1), seen(b, kmsg.SyncGroup)
	go func() { answer <- waits.sync(ctx) }()
	<-arrived
	return leader, waits, answer
}

// seen tells that a request has come to the fake itself.
func seen(b *broker.Broker, key kmsg.Key) <-chan struct{} {
	ch := make(chan struct{})
	b.Cluster().ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().DropControl()
		close(ch)
		return nil, nil, false
	})
	return ch
}

// A member that leaves while it waits for its assignment does not hold up the
// group: the next generation begins when the others have joined.
func TestAMemberThatLeavesWhileItSyncsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := start(t, broker.Config{Topics: []broker.Topic{{Name: "todos"}}})
	ctx := deadline(t)
	stays, leaves, synced := syncing(t, b)
	left, passed := make(chan error, 1), seen(b, kmsg.LeaveGroup)
	go func() { left <- leaves.leave(ctx) }()
	select {
	case <-passed:
		t.Fatal("it has left, and its SyncGroup is not answered")
	case <-time.After(200 * time.Millisecond): // it would have come
	}
	if err := errors.Join(stays.sync(ctx), <-synced, <-left); err != nil {
		t.Fatal(err)
	}
	before := stays.generation
	if err := stays.join(ctx); err != nil || stays.generation <= before {
		t.Errorf("the member that stays: generation %d became %d: %v", before, stays.generation, err)
	}
}

// A broker that ends leaves nobody behind who waits for a SyncGroup's answer.
func TestAMemberThatLeavesWhileItSyncsDoesNotOutliveTheBroker(t *testing.T) { //nolint:paralleltest // it looks at goroutines
	b := start(t, broker.Config{Topics: []broker.Topic{{Name: "todos"}}})
	ctx := deadline(t)
	_, leaves, _ := syncing(t, b)
	go func() { _ = leaves.leave(ctx) }() // the broker ends before it answers
	waiting := func() bool {
		stacks := make([]byte, 1<<20)
		return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "(*turns).wait")
	}
	until := func(want bool) {
		t.Helper()
		for ; waiting() != want; runtime.Gosched() {
			if ctx.Err() != nil {
				t.Fatalf("waiting for the answer: %v, want %v", !want, want)
			}
		}
	}
	until(true)
	b.Close()
	until(false)
}
