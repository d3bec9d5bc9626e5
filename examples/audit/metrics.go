package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// metrics answers with the counters that the bus keeps, in Prometheus's text format
// (https://prometheus.io/docs/instrumenting/exposition_formats). The bus counts whether
// they are read or not; a service with a registry of its own collects from the same call, and
// one that publishes from [eventbus.Producer.Stats] too.
func metrics(stats func() eventbus.ConsumerStats) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var b exposition
		c := stats()
		b.metric("eventbus_handled_total", "counter", "events that a handler has handled").value("", c.Handled)
		b.metric("eventbus_skipped_total", "counter", "records that were settled without effect").
			value(`why="handler"`, c.SkippedByHandler).value(`why="unknown_type"`, c.SkippedUnknownType).
			value(`why="tombstone"`, c.SkippedTombstones).value(`why="foreign"`, c.SkippedForeign)
		dead := b.metric("eventbus_dead_letters_total", "counter", "records that became dead letters")
		for _, reason := range slices.Sorted(maps.Keys(c.Dead)) {
			dead.value(fmt.Sprintf("reason=%q", reason), c.Dead[reason])
		}
		b.metric("eventbus_attempts_total", "counter", "calls of handlers").value("", c.Attempts)
		b.metric("eventbus_retries_total", "counter", "attempts that another one follows").value("", c.Retries)
		b.metric("eventbus_lost_records_total", "counter", "records that were gone before they were read").value("", c.LostRecords)
		b.metric("eventbus_commit_errors_total", "counter", "commits that failed").value("", c.CommitErrors)
		b.metric("eventbus_rebalances_total", "counter", "assignments and revocations").value("", c.Rebalances)
		b.metric("eventbus_waiting_keys", "gauge", "keys that wait for a retry, a dead letter or a newer version").value("", c.Waiting+c.Held)
		b.metric("eventbus_stuck_handlers", "gauge", "handlers beyond their timeout").value("", c.Stuck)
		b.metric("eventbus_commit_age_seconds", "gauge", "since the last confirmed commit, while something is not committed").value("", c.CommitAge.Seconds())
		b.metric("eventbus_poll_age_seconds", "gauge", "since the Kafka client was last polled").value("", c.PollAge.Seconds())
		pending := b.metric("eventbus_pending_records", "gauge", "records that are not settled")
		for _, part := range c.Partitions {
			pending.value(fmt.Sprintf("topic=%q,partition=\"%d\"", part.Topic, part.Partition), part.Pending)
		}

		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write(b.Bytes()) // the scraper has gone: there is nobody to tell
	}
}

// exposition is what a scrape gets.
type exposition struct{ bytes.Buffer }

// series is one metric of it, whose values have labels.
type series struct {
	to   *exposition
	name string
}

func (b *exposition) metric(name, kind, help string) series {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	return series{b, name}
}

func (s series) value(labels string, v any) series {
	if labels != "" {
		labels = "{" + labels + "}"
	}
	fmt.Fprintf(s.to, "%s%s %v\n", s.name, labels, v)
	return s
}
