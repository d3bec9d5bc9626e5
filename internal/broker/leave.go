package broker

import (
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// leaveInTurn lets a member leave its group only once its SyncGroup is answered,
// as it is on Kafka, which reads a connection's next request after that answer.
// The fake counts one that leaves before as a member that has joined the next
// generation, which then waits for the whole rebalance timeout.
func leaveInTurn(cluster *kfake.Cluster) {
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
		members := []string{leave.MemberID}
		for _, m := range leave.Members {
			members = append(members, m.MemberID)
		}
		for _, member := range members {
			generation, ok := synced[member]
			delete(synced, member)
			if ok && completing(cluster, leave.Group, generation) {
				cluster.SleepControl(func() {
					for completing(cluster, leave.Group, generation) {
						time.Sleep(time.Millisecond)
					}
				})
			}
		}
		return nil, nil, false
	})
}

// completing reports whether a group waits for its leader's assignment, and with
// it the SyncGroup of its members.
func completing(cluster *kfake.Cluster, group string, generation int32) bool {
	info := cluster.GroupInfo(group)
	return info != nil && info.State == "CompletingRebalance" && info.Epoch == generation
}
