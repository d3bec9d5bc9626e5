package eventbus

import "time"

// refetch is what a pause of a partition costs. The client throws away what it has
// fetched, and fetches and unpacks it again afterwards, a whole answer for the part of
// it that there is room for: 1 MB of well compressed batches unpack to hundreds of MB
// and take seconds.
type refetch struct {
	resumed time.Time     // until the first record after it has come
	took    time.Duration // from there to that record, the last time
	waited  time.Duration // for room, since then
}

const (
	// refetchShare is how many times as long the owner waits for room, all in all,
	// before it pauses a partition again, as the pause before has cost.
	refetchShare = 3

	// longestRefetch bounds what one pause can have cost: the rest is something else.
	longestRefetch = 2 * time.Second
)

// resume is called when the client fetches the partition again.
func (r *refetch) resume(now time.Time) { *r = refetch{resumed: now, took: r.took} }

// record is called when a record has come.
func (r *refetch) record() {
	if !r.resumed.IsZero() {
		r.took, r.resumed = min(time.Since(r.resumed), longestRefetch), time.Time{}
	}
}

// end is called at the end of the log: what comes next is new, and says nothing about
// the time that fetching takes.
func (r *refetch) end() { r.resumed = time.Time{} }

// patience is how long to wait for room before the partition is paused, while others
// have room.
func (r *refetch) patience() time.Duration {
	return min(max(briefly, refetchShare*r.took-r.waited), patience)
}
