package eventbus

import "time"

// drain lets no further record of these assignments start, and waits for those
// that have, until deadline, or that of the drain before Run's end if it comes
// first. meanwhile is called every 20 ms, and ends the drain by returning false: at
// the end it polls, so that the group keeps this member; inside a rebalance nothing
// may be polled. The list is asked for anew each time, because a poll may change it.
// drain reports how many records are not settled.
func (o *owner) drain(list func() []*assignment, deadline time.Time, meanwhile func() bool) (unsettled int) {
	for _, a := range list() {
		a.flow.Fence()
		a.endTurns()
	}
	for {
		if stopped := o.stopped.Load(); stopped != nil {
			if end := stopped.Add(o.c.untilDrained()); end.Before(deadline) {
				deadline = end
			}
		}
		o.flow.Flush()
		unsettled = 0
		for _, a := range list() {
			if !a.flow.Drained(deadline) {
				unsettled += a.flow.Pending()
			}
		}
		left := time.Until(deadline)
		if unsettled == 0 || left <= 0 {
			return unsettled
		}
		o.flow.Wait(1, min(left, 20*time.Millisecond))
		if !meanwhile() {
			return unsettled
		}
	}
}

// drainTakenBack drains assignments that the group takes back while they are still
// ours. A dead letter that has failed already is given up: it would hold up the
// whole group for as long as it fails, and its record is delivered again. It
// reports whether the partitions are still ours: membership may be lost meanwhile,
// which the client does not tell within a rebalance. A drain that takes longer than a
// moment therefore commits what is settled, and a member that is none any more is
// refused.
func (o *owner) drainTakenBack(list []*assignment) (ours bool) {
	for _, a := range list {
		a.flow.Fence()
		a.giveUp()
	}
	ours = true
	probe := o.newMembership()
	unsettled := o.drain(func() []*assignment { return list }, time.Now().Add(o.c.drainTimeout()), func() bool {
		o.fill()
		ours = !o.client.AssignmentLost() && probe.holds(list)
		return ours
	})
	if o.ctx.Err() != nil {
		o.unsettled += unsettled
	}
	return ours
}
