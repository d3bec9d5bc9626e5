// Package topicplan says which Kafka topics contracts and consumer groups need:
// each declared topic and, for each group that reads it, a dead-letter and a
// redrive topic. Tools that create topics and tests that start a broker share
// this one answer.
package topicplan

import (
	"maps"
	"strconv"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Kind is what a topic is for.
type Kind string

// The kinds of topics.
const (
	Source     Kind = "source"
	DeadLetter Kind = "dlq"
	Redrive    Kind = "redrive"
)

// Topic is a topic that has to exist.
type Topic struct {
	Name       string            `json:"name"`
	Kind       Kind              `json:"kind"`
	Source     string            `json:"source"`          // the declared topic; Name itself for Kind Source
	Group      string            `json:"group,omitempty"` // empty for Kind Source
	Partitions int               `json:"partitions"`
	Replicas   int               `json:"replicas"`
	Config     map[string]string `json:"config"` // by Kafka's names
}

const (
	// derivedRoom is what a dead letter may be larger than its source record:
	// 8 KiB of dead-letter headers, redrive headers, and the loss when a record
	// that came compressed in a batch of many is written in one of its own.
	derivedRoom = 64 << 10
)

// inherited are a declared topic's settings about durability. What may not be
// lost there may not be lost as a dead letter either.
var inherited = []string{"min.insync.replicas", "unclean.leader.election.enable"}

// ForSource is the declared topic itself.
func ForSource(t *event.Topic) Topic {
	return Topic{
		Name: t.Name, Kind: Source, Source: t.Name,
		Partitions: t.Partitions, Replicas: t.Replicas, Config: maps.Clone(t.KafkaConfig()),
	}
}

// ForGroup are the topics that a group which reads t needs beside it. Both have
// t's partitions, so that a dead letter keeps its place among its key's, and
// room for a record as large as t allows with the headers that are added.
func ForGroup(t *event.Topic, group string) []Topic {
	config := map[string]string{
		"cleanup.policy":    "delete",
		"retention.ms":      millis(t.DLQRetention),
		"max.message.bytes": strconv.Itoa(maxBytes(t) + derivedRoom),
	}
	for _, key := range inherited {
		if v, ok := t.KafkaConfig()[key]; ok {
			config[key] = v
		}
	}
	derived := func(name string, kind Kind) Topic {
		return Topic{
			Name: name, Kind: kind, Source: t.Name, Group: group,
			Partitions: t.Partitions, Replicas: t.Replicas, Config: maps.Clone(config),
		}
	}
	// Redriven records are kept as long as dead letters: what was sent again is
	// told from what was not by looking into the redrive topic.
	return []Topic{
		derived(event.DeadLetterTopic(t.Name, group), DeadLetter),
		derived(event.RedriveTopic(t.Name, group), Redrive),
	}
}

func maxBytes(t *event.Topic) int {
	if t.MaxBytes > 0 {
		return t.MaxBytes
	}
	return descriptor.BrokerMaxBytes
}

func millis(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}
