package broker

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// turns lets a member leave its group only once its SyncGroup is answered, as it
// is on Kafka, which reads a connection's next request after that answer. The fake
// counts one that leaves before as a member that has joined the next generation,
// which then waits for the whole rebalance timeout.
type turns struct {
	cluster *kfake.Cluster

	mu    sync.RWMutex // held while the cluster is asked: one that has ended never answers
	ended bool
}

func takeTurns(cluster *kfake.Cluster) *turns {
	t := &turns{cluster: cluster}
	synced := map[string]int32{} // the generation of a member's last SyncGroup
	cluster.ControlKey(int16(kmsg.SyncGroup), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		sync := req.(*kmsg.SyncGroupRequest)
		synced[sync.MemberID] = sync.Generation
		return nil, nil, false
	})
	cluster.ControlKey(int16(kmsg.LeaveGroup), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		leave := req.(*kmsg.LeaveGroupRequest)
		waits, current := false, int32(0)
		for _, member := range leaving(leave) {
			if generation, ok := synced[member]; ok && t.completing(leave.Group, generation) {
				waits, current = true, generation
			}
			delete(synced, member)
		}
		if waits {
			cluster.SleepControl(func() { t.wait(leave.Group, current) })
		}
		return nil, nil, false
	})
	return t
}

// leaving are the members of a request of any version.
func leaving(req *kmsg.LeaveGroupRequest) []string {
	members := []string{req.MemberID}
	for _, m := range req.Members {
		members = append(members, m.MemberID)
	}
	return members
}

// wait returns when the SyncGroups of a generation are answered. The fake tells of
// no change, so that it is asked again and again.
func (t *turns) wait(group string, generation int32) {
	for t.completing(group, generation) {
		time.Sleep(time.Millisecond) // between two looks
	}
}

// completing reports whether a group waits for its leader's assignment, and with
// it the SyncGroup of its members.
func (t *turns) completing(group string, generation int32) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.ended {
		return false
	}
	info := t.cluster.GroupInfo(group)
	return info != nil && info.State == "CompletingRebalance" && info.Epoch == generation
}

// end is called before the cluster ends.
func (t *turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}
