package eventbus

import (
	"fmt"
	"time"
)

// fetching is where an assignment stood when its reading was last seen to go on.
type fetching struct {
	next  int64
	since time.Time
	told  bool
}

// fetchingLooks is how many looks at an assignment's reading there are until it has
// taken too long: each costs a call of the client.
const fetchingLooks = 8

// watchFetching finds partitions of which the client brings nothing although there is
// something, and has them read again. The client passes over an answer in silence if,
// for example, a batch in it claims to be longer than the answer is (C20).
func (o *owner) watchFetching(now time.Time) {
	patience := o.c.client.FetchPatience()
	if now.Sub(o.looked) < patience/fetchingLooks {
		return
	}
	o.looked = now
	for _, a := range o.assignments.list {
		f := &a.fetching
		if a.next != f.next {
			*f = fetching{next: a.next, since: now}
		}
		if a.next < 0 || a.clientHeld || a.place != nil {
			f.since = now // it is not to bring anything, or is asked about already
		}
		if now.Sub(f.since) < patience {
			continue
		}
		f.since = now
		if _, end, err := o.client.GetWatermarkOffsets(a.source.name, a.partition); err == nil && end > a.next { // as the last answer said
			o.seek(a, place{reading: true, still: true, committed: a.committed.Load()})
		}
	}
}

// standsStill is called when the cluster has confirmed that there are records, up to
// end, of which the client brings none. Health tells until something comes.
func (o *owner) standsStill(a *assignment, end int64) {
	if !a.fetching.told {
		a.fetching.told = true
		o.c.logger.Error("the client brings no records of a partition that has some: it is read again",
			"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "offset", a.next, "end", end)
	}
	a.block(a.next, blockage{code: HealthNotFetched, final: true, detail: fmt.Sprintf(
		"the log ends at %d, and nothing came of what lies from %d on for %s, although it is read again: the batch there may have a length or a form that the client passes over in silence. Nothing behind it is handled. %s",
		end, a.next, o.c.client.FetchPatience(), o.pastBatch(a))})
}

// pastBatch is what a person can do about a batch that cannot be read.
func (o *owner) pastBatch(a *assignment) string {
	return fmt.Sprintf("Restore the partition from a replica; or skip the batch: stop all members of the group, and set its offset behind the batch with kafka-consumer-groups.sh --reset-offsets --group %s --topic %s:%d --to-offset OFFSET --execute",
		o.c.cfg.Group, a.source.name, a.partition)
}
