package eventbus

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Health is a consumer's state for probes. It is a snapshot, cheap to take.
type Health struct {
	// Live is false when only a new process can help: a handler is stuck beyond
	// StuckLimit, the consumer has not polled for Kafka's max.poll.interval.ms, or the
	// client failed for good.
	Live bool `json:"live"`

	// Ready is false when the consumer does not do its whole work: before its
	// first assignment, after its end, or for any of Reasons.
	Ready bool `json:"ready"`

	// Reasons are at most 64, those that concern the whole consumer first.
	Reasons []HealthReason `json:"reasons,omitempty"`

	// Omitted is how many further reasons there are.
	Omitted int `json:"omitted,omitempty"`
}

// maxReasons keeps the answer of a probe at a few kilobytes: a member may have thousands
// of partitions that wait.
const maxReasons = 64

// HealthReason is one thing that keeps a consumer from its work.
type HealthReason struct {
	Code HealthCode `json:"code"`

	// Topic, Partition and Offset name the record concerned, where there is one;
	// else Topic is "".
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`

	// Detail says what is wrong and what to do.
	Detail string `json:"detail"`
}

// HealthCode names a kind of reason. The set is closed.
type HealthCode string

const (
	// HealthNotRunning: Run has not been called, or has returned.
	HealthNotRunning HealthCode = "not_running"
	// HealthUnassigned: the group has not given this member an assignment yet.
	HealthUnassigned HealthCode = "unassigned"
	// HealthStuck: a handler goes on beyond its timeout.
	HealthStuck HealthCode = "stuck"
	// HealthBlocked: a partition is paused because a record of it waits.
	HealthBlocked HealthCode = "blocked"
	// HealthBreakerOpen: most attempts of a handler fail, and all others wait.
	HealthBreakerOpen HealthCode = "breaker_open"
	// HealthVersionNeeded: an event of a newer major waits for an upgrade of
	// this service.
	HealthVersionNeeded HealthCode = "version_needed"
	// HealthDeadLetter: a dead letter cannot be written.
	HealthDeadLetter HealthCode = "dead_letter"
	// HealthCommit: commits fail, or have not been confirmed for long.
	HealthCommit HealthCode = "commit"
	// HealthUnreachable: no broker answers.
	HealthUnreachable HealthCode = "unreachable"
	// HealthDenied: a subscribed topic may not be read any more.
	HealthDenied HealthCode = "denied"
	// HealthTopicGone: a subscribed topic does not exist.
	HealthTopicGone HealthCode = "topic_gone"
	// HealthLogChanged: a topic was made again or its log truncated, within the last
	// minute.
	HealthLogChanged HealthCode = "log_changed"
	// HealthPosition: it cannot be told where to read on in a partition.
	HealthPosition HealthCode = "position"
	// HealthCorrupt: a batch cannot be read, and its partition waits.
	HealthCorrupt HealthCode = "corrupt_batch"
	// HealthNotFetched: the client brings no records of a partition that has some.
	HealthNotFetched HealthCode = "not_fetched"
	// HealthNotPolling: the consumer's own goroutine is held up, such as by a Logger that
	// blocks.
	HealthNotPolling HealthCode = "not_polling"
	// HealthFatal: the Kafka client failed for good.
	HealthFatal HealthCode = "fatal"
)

// Health tells whether the process should be restarted, and whether the
// consumer does its whole work. It is safe before, beside and after Run.
func (c *Consumer) Health() Health {
	h := Health{Live: true}
	add := func(code HealthCode, a *assignment, offset int64, detail string) {
		reason := HealthReason{Code: code, Detail: detail}
		if a != nil {
			reason.Topic, reason.Partition, reason.Offset = a.source.name, a.partition, offset
		}
		h.add(reason)
	}
	if err := c.fatal.Load(); err != nil {
		h.Live = false
		add(HealthFatal, nil, 0, (*err).Error())
	}
	r := c.run.Load()
	if r == nil || c.ended.Load() {
		add(HealthNotRunning, nil, 0, "Run is not under way")
		return h
	}
	now := time.Now()
	if !r.commits.assigned() {
		add(HealthUnassigned, nil, 0, "the group has given no assignment yet")
	}
	for _, reason := range r.unreachable(now) {
		h.add(reason)
	}
	if gone := r.gone.Load(); gone != nil {
		for _, name := range *gone {
			h.add(HealthReason{Code: HealthTopicGone, Topic: name, Detail: fmt.Sprintf("topic %q does not exist any more: create it with eventctl topics apply", name)})
		}
	}
	for _, reason := range c.routes.openBreakers(now) {
		h.add(reason)
	}
	for _, l := range r.recentLogChanges(now) {
		h.add(HealthReason{Code: HealthLogChanged, Topic: l.topic, Partition: l.partition, Offset: l.offset, Detail: l.detail})
	}
	// With a short interval the group had put the member out before a minute was over.
	if age := r.pollAge(now); age >= min(pollAgeLimit, c.client.MaxPollInterval()/2) {
		h.Live = h.Live && age < c.client.MaxPollInterval()
		add(HealthNotPolling, nil, 0, fmt.Sprintf("the Kafka client was not polled for %s: the group puts this member out after %s. What holds the consumer up is code that it calls, such as a Logger that blocks",
			age.Round(time.Second), c.client.MaxPollInterval()))
	}
	if age := r.commits.age(now); age >= commitAgeLimit {
		add(HealthCommit, nil, 0, fmt.Sprintf("no commit was confirmed for %s: what was handled since is delivered again after a restart", age.Round(time.Second)))
	}
	for _, run := range r.stuck(now) {
		if run.over > c.cfg.StuckLimit {
			h.Live = false
		}
		add(HealthStuck, run.in, run.offset, fmt.Sprintf("a handler goes on %s beyond its timeout: it must return when its ctx ends", run.over.Round(time.Second)))
	}
	for _, a := range r.assigned.all() {
		if a.stalled.Load() {
			w := a.watermark.Load()
			add(HealthBlocked, a, w, fmt.Sprintf("the partition is paused: too much lies behind the record at offset %d, which is not settled", w))
		}
		for _, reason := range a.blockedBy(now) {
			add(reason.Code, a, reason.Offset, reason.Detail)
		}
	}
	h.Ready = len(h.Reasons) == 0
	return h
}

// add keeps a reason, or counts it.
func (h *Health) add(r HealthReason) {
	if len(h.Reasons) < maxReasons {
		h.Reasons = append(h.Reasons, r)
		return
	}
	h.Omitted++
}

// pollAgeLimit is when Health tells that the client is not polled, if not half of
// max.poll.interval.ms is less. A rebalance waits for handlers and answers for less.
const pollAgeLimit = time.Minute

// pollAge is how long ago the owner has last polled; 0 before the first time and once
// Run's ctx has ended: its end has a limit of its own.
func (r *runState) pollAge(now time.Time) time.Duration {
	at := r.polled.Load()
	if at == 0 || r.stopped.Load() != nil {
		return 0
	}
	return max(now.Sub(time.Unix(0, at)), 0)
}

// blockedBy is why records wait, each reason once with the first of its records and how
// many others there are: there may be thousands.
func (a *assignment) blockedBy(now time.Time) []HealthReason {
	first := map[HealthCode]HealthReason{}
	others := map[HealthCode]int{}
	for offset, b := range a.blockages() {
		if b.code == HealthDeadLetter && now.Sub(b.since) < letterPatience && !b.final {
			continue
		}
		one, ok := first[b.code]
		if ok {
			others[b.code]++
		}
		if !ok || offset < one.Offset {
			first[b.code] = HealthReason{Code: b.code, Offset: offset, Detail: b.detail}
		}
	}
	var out []HealthReason
	for _, code := range slices.Sorted(maps.Keys(first)) {
		reason := first[code]
		if n := others[code]; n > 0 {
			reason.Detail += fmt.Sprintf(" (and %d more of this partition)", n)
		}
		out = append(out, reason)
	}
	return out
}
