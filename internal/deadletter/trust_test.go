package deadletter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func TestD3_AnOriginIsTrustedOnTheOwnRedriveTopicIfWellFormed(t *testing.T) {
	t.Parallel()
	first := headers("dlq-origin-topic", "orders", "dlq-origin-partition", "2", "dlq-origin-offset", "42", "dlq-origin-timestamp", "5")
	trusted := deadletter.Place{Topic: "orders", Partition: 2, Offset: 42, Timestamp: 5}
	here := deadletter.Place{Topic: topic, Partition: 1, Offset: 3, Timestamp: 1_700_000_000_000}
	elsewhere := failure(3)
	elsewhere.At.Topic = "orders.billing.redrive"
	for _, row := range []struct {
		name    string
		failure deadletter.Failure
		own     []event.Header
		want    deadletter.Place
	}{
		{"redrive topic", failedAgain(3), first, trusted},
		{"source topic", failure(3), first, here},
		{"redrive topic of another group", elsewhere, first, here},
		{"none", failedAgain(3), nil, here},
		{"the last one counts", failedAgain(3), append(headers("dlq-origin-topic", "people"), first...), trusted},
		{"no timestamp", failedAgain(3), first[:3], here},
		{"no partition", failedAgain(3), append(slices.Clone(first[:1]), first[2:]...), here},
		{"empty topic", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-topic", "")...), here},
		{"long topic", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-topic", strings.Repeat("x", 250))...), here},
		{"illegal topic", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-topic", "a b")...), here},
		{"parent", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-topic", "..")...), here},
		{"partition out of range", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-partition", "2147483648")...), here},
		{"offset out of range", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-offset", "9223372036854775808")...), here},
		{"leading zeros", failedAgain(3), append(slices.Clone(first), headers("dlq-origin-offset", strings.Repeat("0", 20)+"1")...), here},
		{"null timestamp", failedAgain(3), append(slices.Clone(first), event.Header{Key: "dlq-origin-timestamp"}), here},
	} {
		if got := letter(row.failure, row.own...).Origin; got != row.want {
			t.Errorf("%s: origin %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestD9_ARedrivenRecordNamesItsTopicAndGroup(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		own  []event.Header
		want bool
	}{
		{"ours", headers("redrive-group", group, "redrive-topic", topic), true},
		{"by hand", nil, false},
		{"another group", headers("redrive-group", "other", "redrive-topic", topic), false},
		{"another topic", headers("redrive-group", group, "redrive-topic", "people"), false},
		{"the same names, divided otherwise", headers("redrive-group", "s.mailer", "redrive-topic", "order"), false},
		{"the last one counts", headers("redrive-group", group, "redrive-topic", topic, "redrive-topic", "people"), false},
		{"other case", headers("Redrive-Group", group, "redrive-topic", topic), false},
	} {
		if got := deadletter.RedrivenTo(row.own, topic, group); got != row.want {
			t.Errorf("%s: %t, want %t", row.name, got, row.want)
		}
	}
}

func TestV4_ARedriveCountsIfItIsOfTheOwnRedriveTopic(t *testing.T) {
	t.Parallel()
	redriven := func(count string) []event.Header {
		return headers("redrive-group", group, "redrive-topic", topic, "redrive-count", count)
	}
	for _, row := range []struct {
		name    string
		failure deadletter.Failure
		own     []event.Header
		want    int
	}{
		{"second trip", failedAgain(1), redriven("2"), 2},
		{"forged on the source topic", failure(1), redriven("9"), 0},
		{"another topic", failedAgain(1), append(redriven("2"), headers("redrive-topic", "people")...), 0},
		{"another group", failedAgain(1), append(redriven("2"), headers("redrive-group", "other")...), 0},
		{"no topic", failedAgain(1), headers("redrive-group", group, "redrive-count", "2"), 0},
		{"text", failedAgain(1), redriven("many"), 0},
		{"negative", failedAgain(1), redriven("-1"), 0},
		{"out of range", failedAgain(1), redriven("9223372036854775808"), 0},
		{"missing", failedAgain(1), redriven("")[:2], 0},
	} {
		if got := letter(row.failure, row.own...).Redriven; got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}

func TestV4_TheSourceTopicFollowsFromTheRecordsOwn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		rec  event.Record
		want string
	}{
		{"an event", event.Record{Topic: topic}, topic},
		{"a dead letter", event.Record{Topic: dlq, Headers: failure(1).Headers(nil, true)}, topic},
		{"a redriven record", event.Record{Topic: redrive, Headers: headers("redrive-topic", topic, "redrive-group", group)}, topic},
		{"a dead letter of a redriven record", event.Record{Topic: dlq, Headers: failedAgain(1).Headers(nil, true)}, topic},
		{"forged on the source topic", event.Record{Topic: topic, Headers: headers("dlq-topic", "people", "dlq-group", group)}, topic},
		{"of another topic", event.Record{Topic: dlq, Headers: headers("dlq-topic", "people", "dlq-group", group)}, dlq},
		{"no group", event.Record{Topic: "orders..dlq", Headers: headers("dlq-topic", topic)}, "orders..dlq"},
		{"redrive headers in a dead-letter topic", event.Record{Topic: dlq, Headers: headers("redrive-topic", topic, "redrive-group", group)}, dlq},
	} {
		if got := deadletter.SourceTopic(row.rec); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
