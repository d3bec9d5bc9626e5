package compat

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// topicLimit is a limit of a topic that keeps less than it did.
type topicLimit struct{ rule, breaks, fix string }

const keepRecords = "keep it, or shorten it when no group needs older records, and waive this with the reason"

// configLimits are settings of Kafka that a (topic).config may have, by which records are
// deleted or compacted away earlier the lower they are, with Kafka's own defaults
// (https://kafka.apache.org/documentation/#topicconfigs). −1 is without a limit.
var configLimits = []struct {
	name, unit string
	preset     int64
}{
	{"retention.bytes", "bytes", -1},
	{"delete.retention.ms", "ms", 86400000},        // how long a reader may take to see that a key was deleted
	{"min.compaction.lag.ms", "ms", 0},             // how long each record of a compacted topic is kept
	{"max.compaction.lag.ms", "ms", math.MaxInt64}, // when it is compacted at the latest
}

// topicLimits are the limits of a topic that keep less than before.
func topicLimits(a, b *eventcontractsv1.TopicOptions) []topicLimit {
	var out []topicLimit
	shorter := func(what, x, y string) {
		was, err := descriptor.Retention(x)
		is, errToo := descriptor.Retention(y)
		switch {
		case errToo != nil || is == descriptor.Unlimited || err == nil && was != descriptor.Unlimited && is >= was:
			return // a text that is not a duration is the checker's to tell
		}
		out = append(out, topicLimit{RetentionShortened, fmt.Sprintf("its %s was %s and is %s: records that readers count on are deleted earlier", what, orBroker(x), y), keepRecords})
	}
	shorter("retention", a.GetRetention(), b.GetRetention())
	shorter("dlq_retention", orDefault(a.GetDlqRetention()), orDefault(b.GetDlqRetention()))
	for _, l := range configLimits {
		was, is := configured(a, l.name, l.preset), configured(b, l.name, l.preset)
		if is < 0 || was >= 0 && is >= was {
			continue
		}
		words := func(o *eventcontractsv1.TopicOptions, n int64) string {
			switch _, set := o.GetConfig()[l.name]; {
			case n < 0:
				return "unlimited"
			case !set:
				return "Kafka's default"
			default:
				return fmt.Sprintf("%d %s", n, l.unit)
			}
		}
		out = append(out, topicLimit{RetentionShortened, fmt.Sprintf("its %s was %s and is %s: records that readers count on are deleted earlier", l.name, words(a, was), words(b, is)), keepRecords})
	}
	bytes := func(o *eventcontractsv1.TopicOptions) (int32, string) {
		if n := o.GetMaxBytes(); n > 0 {
			return n, fmt.Sprint(n)
		}
		return descriptor.BrokerMaxBytes, "the producer's own limit"
	}
	was, wasWords := bytes(a)
	is, isWords := bytes(b)
	// The producer's own limit is whatever a service sets.
	if is < was || b.GetMaxBytes() > 0 && a.GetMaxBytes() == 0 {
		out = append(out, topicLimit{TopicMaxBytesLowered, fmt.Sprintf("its max_bytes was %s and is %s: events of a size that was published are refused, and cannot be redriven", wasWords, isWords), "keep it"})
	}
	return out
}

// configured is a setting of a topic as a number. One that is not a number is the checker's
// to tell.
func configured(o *eventcontractsv1.TopicOptions, name string, preset int64) int64 {
	if n, err := strconv.ParseInt(o.GetConfig()[name], 10, 64); err == nil {
		return n
	}
	return preset
}

// headersGone are the headers that records had and do not have.
func headersGone(a, b *eventcontractsv1.TopicOptions) []string {
	var out []string
	for _, h := range a.GetHeaders() {
		if !slices.Contains(b.GetHeaders(), h) {
			out = append(out, "event_"+strings.ToLower(strings.TrimPrefix(h.String(), "HEADER_COPY_")))
		}
	}
	return out
}

func orDefault(dlq string) string {
	if dlq == "" {
		return "30d" // as options.proto says
	}
	return dlq
}

func orBroker(retention string) string {
	if retention == "" {
		return "the broker's"
	}
	return retention
}
