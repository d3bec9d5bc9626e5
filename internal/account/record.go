package account

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// TopicPartition is one partition of a topic.
type TopicPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

func (p TopicPartition) compare(o TopicPartition) int {
	return cmp.Or(cmp.Compare(p.Topic, o.Topic), cmp.Compare(p.Partition, o.Partition))
}

// Position is where a record is. It tells records apart, not events: one event may
// have been written twice.
type Position struct {
	TopicPartition

	Offset int64 `json:"offset"`
}

// String is topic/partition/offset.
func (p Position) String() string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// Compare orders positions by topic, partition and offset.
func (p Position) Compare(o Position) int {
	return cmp.Or(p.TopicPartition.compare(o.TopicPartition), cmp.Compare(p.Offset, o.Offset))
}

// Record is one record as a topic has it. A nil Key or Value is null in Kafka, an
// empty one is not.
type Record struct {
	Position

	Key, Value []byte
	Headers    []Header // in their order, with those that are there twice
	Time       time.Time
}

// Header is one header of a record.
type Header struct {
	Key   string
	Value []byte
}

// Header is the value of the last header with that key, which is the one that
// counts; "" if there is none.
func (r *Record) Header(key string) string {
	for _, h := range slices.Backward(r.Headers) {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// redriven reports whether a redrive has sent the record, or what it is a letter of.
func (r *Record) redriven() bool { return r.Header("redrive-id") != "" }

// Metadata is what the JSON formats flat and envelope have in common.
type Metadata struct {
	ID            string `json:"event_id"`
	Type          string `json:"event_type"`
	Version       string `json:"event_version"`
	CorrelationID string `json:"correlation_id"`
	CausationID   string `json:"causation_id"`
}

// Metadata reads the record's metadata. The error says why it is not an event.
func (r *Record) Metadata() (Metadata, error) {
	var md Metadata
	err := json.Unmarshal(r.Value, &md)
	if err == nil && md.Type == "" {
		err = errors.New("it has no event_type")
	}
	return md, err
}

// Origin is the record of the log that a dead letter, or a redriven record, was at
// first, by its dlq-origin headers.
func (r *Record) Origin() (Position, error) {
	topic := r.Header("dlq-origin-topic")
	partition, errP := strconv.ParseInt(r.Header("dlq-origin-partition"), 10, 32)
	offset, errO := strconv.ParseInt(r.Header("dlq-origin-offset"), 10, 64)
	if topic == "" || errP != nil || errO != nil {
		return Position{}, errors.New("its dlq-origin headers do not name a record")
	}
	return Position{TopicPartition{topic, int32(partition)}, offset}, nil
}
