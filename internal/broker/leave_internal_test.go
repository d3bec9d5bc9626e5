package broker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
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

// A member that leaves while it waits for its assignment does not hold up the
// group: the next generation begins when the others have joined.
func TestAMemberThatLeavesWhileItSyncsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	arrived := func(key kmsg.Key) <-chan struct{} {
		ch := make(chan struct{}, 1)
		cluster.ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
			cluster.DropControl()
			ch <- struct{}{}
			return nil, nil, false
		})
		return ch
	}
	syncs, leaving := arrived(kmsg.SyncGroup), arrived(kmsg.LeaveGroup)
	leaveInTurn(cluster)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := func() *kgo.Client {
		c, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	stays, leaves := &member{client: client()}, &member{client: client()}
	for _, m := range []*member{stays, leaves} {
		if err := m.join(ctx); !errors.Is(err, kerr.MemberIDRequired) {
			t.Fatalf("a first join: %v", err)
		}
	}
	if err := stays.join(ctx); err != nil { // alone, and so the leader
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	joins := arrived(kmsg.JoinGroup)
	go func() { ended <- leaves.join(ctx) }()
	<-joins
	if err := errors.Join(stays.join(ctx), <-ended); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- leaves.sync(ctx) }()
	<-syncs
	go func() { ended <- leaves.leave(ctx) }()
	<-leaving
	if err := stays.sync(ctx); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Fatal(err)
	}
	before := stays.generation
	if err := stays.join(ctx); err != nil || stays.generation <= before {
		t.Errorf("the member that stays: generation %d became %d: %v", before, stays.generation, err)
	}
}
