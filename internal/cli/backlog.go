package cli

import (
	"maps"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/recordview"
)

// What a backlog keeps of a topic that is shown as a whole. Beyond it the earliest
// records are shown before all are known, so that memory does not grow with the topic.
const (
	maxBacklog      = 20_000
	maxBacklogBytes = 32 << 20
)

// backlog merges what a topic has by time before it is shown, since partitions come as
// the cluster sends them. Unless all are wanted it keeps the last lines of each partition:
// which partition has the newest, nobody knows before. Within a partition the order is
// that of offsets, the only one that Kafka keeps: times may run backwards there, since
// producers have set them.
type backlog struct {
	all         bool
	lines       int
	views       map[int32][]recordview.View
	kept, bytes int
}

func newBacklog(f tailFlags) *backlog {
	return &backlog{all: f.all, lines: f.lines, views: map[int32][]recordview.View{}}
}

// add takes one more record, and returns those that are to be shown now. Of a large
// topic these are merged as far as its limits reach: a partition that comes late has its
// early records behind others.
func (b *backlog) add(v recordview.View) []recordview.View {
	b.views[v.Partition] = append(b.views[v.Partition], v)
	b.kept, b.bytes = b.kept+1, b.bytes+size(v)
	if !b.all {
		if len(b.views[v.Partition]) > b.lines {
			b.take(v.Partition)
		}
		return nil
	}
	if b.kept <= maxBacklog && b.bytes <= maxBacklogBytes {
		return nil
	}
	// Half of them at once: the earliest is looked for in all partitions.
	return b.earliest(func() bool { return b.kept > maxBacklog/2 || b.bytes > maxBacklogBytes/2 })
}

// rest are the records that are left, the last lines of them unless all are wanted.
func (b *backlog) rest() []recordview.View {
	out := b.earliest(func() bool { return b.kept > 0 })
	if !b.all && len(out) > b.lines {
		out = out[len(out)-b.lines:]
	}
	return out
}

// earliest takes records by time as long as more says so.
func (b *backlog) earliest(more func() bool) []recordview.View {
	var out []recordview.View
	partitions := slices.Sorted(maps.Keys(b.views))
	for more() {
		first := int32(-1)
		for _, p := range partitions {
			if len(b.views[p]) > 0 && (first < 0 || b.views[p][0].Before(b.views[first][0])) {
				first = p
			}
		}
		if first < 0 {
			break
		}
		out = append(out, b.take(first))
	}
	return out
}

// take takes the first record of a partition.
func (b *backlog) take(partition int32) recordview.View {
	v := b.views[partition][0]
	b.views[partition][0] = recordview.View{} // what it holds is free when it has been shown
	b.views[partition] = b.views[partition][1:]
	b.kept, b.bytes = b.kept-1, b.bytes-size(v)
	return v
}

// size is about what a view takes, in bytes.
func size(v recordview.View) int {
	n := 1<<10 + len(v.Data) + len(v.ValueBase64) + len(v.KeyBase64) + len(v.Error)
	for _, text := range []*string{v.Key, v.Value} {
		if text != nil {
			n += len(*text)
		}
	}
	for _, h := range v.Headers {
		n += 64 + len(h.Key) + len(h.ValueBase64)
		if h.Value != nil {
			n += len(*h.Value)
		}
	}
	return n
}
