package eventbus

import (
	"context"
	"fmt"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What a rebalance costs grows with its partitions, and not with their square:
// 3,000 took 12.7 s. The time for one partition is the one to compare.
func BenchmarkRebalance(b *testing.B) {
	for _, partitions := range []int{300, 3000, 6000} {
		b.Run(fmt.Sprint(partitions), func(b *testing.B) {
			o := &owner{runState: &runState{}, handlers: context.Background()}
			o.flow = flow.New(flow.Config{}, func(*flow.Item[delivery]) flow.Outcome { return flow.Settled() })
			s := &source{name: "todos", topic: &event.Topic{Name: "todos"}}
			for b.Loop() {
				var list []*assignment
				for p := range partitions {
					list = append(list, o.newAssignment(s, int32(p), 0, -1))
				}
				o.begin(list)
				o.release(list, ErrPartitionLost)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*partitions), "µs/partition")
			o.flow.Close()
		})
	}
}
