package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Place is where a group is in one partition.
type Place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`

	// Committed is the offset of the next record to handle; nil without a commit.
	Committed *int64 `json:"committed"`

	// Start and End are the first offset of the log and the one behind the last
	// committed record.
	Start int64 `json:"start"`
	End   int64 `json:"end"`

	// Lag is how many offsets there are between Committed, or Start without one, and
	// End. Not each has a record: transactions and compaction leave holes.
	Lag    int64  `json:"lag"`
	Member string `json:"client,omitempty"` // client.id of who reads it

	// LastReset says by which run, and why, Committed was set, if that was the last that
	// happened to it.
	LastReset string `json:"last_reset,omitempty"`

	topicID string
}

// Places are those of all partitions on which the group has a commit or a member, and of
// all partitions of topics; ordered by topic and partition. A topic that does not exist
// is an error.
func Places(ctx context.Context, admin *kafkaclient.Admin, g Group, topics []string) ([]Place, error) {
	var committed []kafka.TopicPartition
	if g.Known() { // brokers answer for others with an error
		var err error
		if committed, err = commits(ctx, admin, g.Name); err != nil {
			return nil, err
		}
	}
	md, err := admin.Metadata()
	if err != nil {
		return nil, err
	}
	by := map[string]*Place{}
	at := func(topic string, partition int32) *Place {
		key := fmt.Sprintf("%s/%d", topic, partition)
		if by[key] == nil {
			by[key] = &Place{Topic: topic, Partition: partition}
		}
		return by[key]
	}
	for _, topic := range topics {
		t, ok := md.Topics[topic]
		if !ok || t.Error.Code() != kafka.ErrNoError {
			return nil, fmt.Errorf("%w, if the contracts declare it", kafkaclient.MissingTopic(topic))
		}
		for _, p := range t.Partitions {
			at(topic, p.ID)
		}
	}
	for _, tp := range committed {
		if _, ok := md.Topics[*tp.Topic]; ok && tp.Offset >= 0 { // of a topic that is gone nothing can be said
			offset := int64(tp.Offset)
			p := at(*tp.Topic, tp.Partition)
			p.Committed, p.LastReset = &offset, lastReset(tp)
		}
	}
	for _, m := range g.Members {
		for _, tp := range m.assigned {
			at(*tp.Topic, tp.Partition).Member = m.Client
		}
	}
	var out []Place
	for _, p := range by {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return out, measure(ctx, admin, out)
}

// lastReset is what Reset has written behind the log's name.
func lastReset(tp kafka.TopicPartition) string {
	if tp.Metadata == nil {
		return ""
	}
	i := strings.Index(*tp.Metadata, resetWord)
	if i < 0 {
		return ""
	}
	return strings.TrimPrefix((*tp.Metadata)[i:], resetWord)
}

// commits are all that a group has committed. A transaction that is under way would be
// left out of the answer, and is an error instead.
func commits(ctx context.Context, admin *kafkaclient.Admin, group string) ([]kafka.TopicPartition, error) {
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	res, err := admin.ListConsumerGroupOffsets(bounded, []kafka.ConsumerGroupTopicPartitions{{Group: group}}, kafka.SetAdminRequireStableOffsets(true))
	if err != nil {
		return nil, denied(admin, "describe", group, err)
	}
	var out []kafka.TopicPartition
	for _, g := range res.ConsumerGroupsTopicPartitions {
		for _, tp := range g.Partitions {
			if tp.Error != nil {
				return nil, denied(admin, "describe", group, tp.Error)
			}
			out = append(out, tp)
		}
	}
	return out, nil
}

// measure fills in the logs' ends, lags and ids.
func measure(ctx context.Context, admin *kafkaclient.Admin, places []Place) error {
	if len(places) == 0 {
		return nil
	}
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	marks, err := kafkaclient.WatermarksOf(bounded, admin.AdminClient, partitions(places))
	if err != nil {
		return admin.Failed("ask for offsets", err)
	}
	ids, err := kafkaclient.TopicIDsOf(bounded, admin.AdminClient, topicsOf(places))
	if err != nil {
		return admin.Failed("ask for topics", err)
	}
	var failed []error
	for i := range places {
		p := &places[i]
		if marks[i].Err != nil {
			failed = append(failed, marks[i].Err)
			continue
		}
		p.Start, p.End, p.topicID = marks[i].Low, marks[i].High, ids.ByName[p.Topic]
		from := p.Start
		if p.Committed != nil {
			from = max(*p.Committed, p.Start)
		}
		p.Lag = max(p.End-from, 0)
	}
	return errors.Join(failed...)
}

func partitions(places []Place) []kafka.TopicPartition {
	out := make([]kafka.TopicPartition, len(places))
	for i, p := range places {
		topic := p.Topic
		out[i] = kafka.TopicPartition{Topic: &topic, Partition: p.Partition}
	}
	return out
}

func topicsOf(places []Place) []string {
	var out []string
	for _, p := range places {
		out = append(out, p.Topic)
	}
	return slices.Compact(out) // places are ordered by topic
}
