package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
)

// partition is one partition of a topic.
type partition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// place is where a record is: it tells records apart, not events.
type place struct {
	partition
	Offset int64 `json:"offset"`
}

func (p place) String() string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// record is one record as a topic has it.
type record struct {
	place
	Key, Value []byte
	Headers    map[string]string // the last of each name
	At         time.Time
}

// head is what every JSON format of the topics has in common.
type head struct {
	ID            string `json:"event_id"`
	Type          string `json:"event_type"`
	Version       string `json:"event_version"`
	CorrelationID string `json:"correlation_id"`
	CausationID   string `json:"causation_id"`
}

// head reads the record's metadata with encoding/json, and nothing of the bus.
func (r *record) head() (head, error) {
	var h head
	err := json.Unmarshal(r.Value, &h)
	if err == nil && h.Type == "" {
		err = errors.New("no event_type")
	}
	return h, err
}

// foreign reports whether the record is no event at all.
func (r *record) foreign() bool {
	_, err := r.head()
	return err != nil
}

func (r *record) eventType() string {
	h, err := r.head()
	if err != nil {
		return ""
	}
	return h.Type
}

// origin is the source record of a dead letter or of a redriven record.
func (r *record) origin() (place, error) {
	p, errP := strconv.ParseInt(r.Headers[deadletter.HeaderOriginPartition], 10, 32)
	o, errO := strconv.ParseInt(r.Headers[deadletter.HeaderOriginOffset], 10, 64)
	topic := r.Headers[deadletter.HeaderOriginTopic]
	if topic == "" || errP != nil || errO != nil {
		return place{}, errors.New("its dlq-origin headers name no record")
	}
	return place{partition{topic, int32(p)}, o}, nil
}
