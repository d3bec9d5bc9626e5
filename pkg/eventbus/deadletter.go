package eventbus

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// The headers that a dead letter has beside its record's own. They come last,
// and the last of a name counts.
const (
	headerID         = "dlq-id"
	headerReason     = "dlq-reason"
	headerError      = "dlq-error"
	headerTopic      = "dlq-topic"
	headerPartition  = "dlq-partition"
	headerOffset     = "dlq-offset"
	headerTimestamp  = "dlq-timestamp"
	headerGroup      = "dlq-group"
	headerHandler    = "dlq-handler"
	headerAttempts   = "dlq-attempts"
	headerFirst      = "dlq-first-failed-at"
	headerFailed     = "dlq-failed-at"
	headerEventID    = "dlq-event-id"
	headerEventType  = "dlq-event-type"
	headerViolations = "dlq-violations"

	headerOriginTopic     = "dlq-origin-topic"
	headerOriginPartition = "dlq-origin-partition"
	headerOriginOffset    = "dlq-origin-offset"
	headerOriginTimestamp = "dlq-origin-timestamp"

	headerRedriveGroup = "redrive-group"
	headerRedriveTopic = "redrive-topic"
)

const (
	maxErrorHeader      = 1 << 10
	maxViolationsHeader = 4 << 10
	maxIDHeader         = 512 // of metadata that a foreign record may fill as it likes
	maxNumber           = 20  // digits of an int64, and its sign
)

// letterOf is the dead letter of a record: its key, value and headers byte for
// byte, and what happened. details says whether error and violations are told.
func (c *Consumer) letterOf(it *flow.Item[delivery], v verdict, details bool) kafka.Message {
	d := &it.Value
	src := d.in.source
	partition := strconv.Itoa(int(d.in.partition))
	offset := strconv.FormatInt(it.Offset(), 10)
	timestamp := strconv.FormatInt(timestampMs(d.msg), 10)
	headers := make([]kafka.Header, len(d.msg.Headers), len(d.msg.Headers)+20)
	copy(headers, d.msg.Headers)
	add := func(name, value string) {
		headers = append(headers, kafka.Header{Key: name, Value: []byte(value)})
	}
	add(headerID, c.cfg.Group+"/"+src.name+"/"+partition+"/"+offset)
	add(headerReason, string(v.reason))
	if details {
		add(headerError, cut(v.text, maxErrorHeader))
	}
	add(headerTopic, src.topic.Name)
	add(headerPartition, partition)
	add(headerOffset, offset)
	add(headerTimestamp, timestamp)
	add(headerGroup, c.cfg.Group)
	if v.handler != "" {
		add(headerHandler, cut(v.handler, maxIDHeader))
	}
	add(headerAttempts, strconv.Itoa(v.attempts))
	add(headerFirst, v.first.UTC().Format(time.RFC3339Nano))
	add(headerFailed, time.Now().UTC().Format(time.RFC3339Nano))
	if v.md.ID != "" {
		add(headerEventID, cut(strings.ToValidUTF8(v.md.ID, "\ufffd"), maxIDHeader))
	}
	if v.md.Type != "" {
		add(headerEventType, cut(strings.ToValidUTF8(v.md.Type, "\ufffd"), maxIDHeader))
	}
	if details && len(v.violations) > 0 {
		add(headerViolations, violationsText(v))
	}
	origin, ok := d.origin()
	if !ok {
		origin = [4]string{src.topic.Name, partition, offset, timestamp}
	}
	for i, name := range originHeaders {
		add(name, origin[i])
	}
	msg := kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &src.deadLetter, Partition: kafka.PartitionAny},
		Key:            d.msg.Key, Value: d.msg.Value, Headers: headers,
	}
	if n := c.partitions[src.deadLetter]; d.msg.Key == nil && n > 0 {
		msg.TopicPartition.Partition = d.in.partition % int32(n)
	}
	return msg
}

var originHeaders = [4]string{headerOriginTopic, headerOriginPartition, headerOriginOffset, headerOriginTimestamp}

// origin is where a redriven record failed first. Headers of an earlier trip
// are trusted on our own redrive topic alone, and only if all are well-formed.
func (d *delivery) origin() (values [4]string, ok bool) {
	if !d.in.source.redrive {
		return values, false
	}
	for i, name := range originHeaders {
		values[i], _ = d.header(name)
		_, err := strconv.ParseInt(values[i], 10, 64)
		if i > 0 && (err != nil || len(values[i]) > maxNumber) {
			return values, false
		}
	}
	return values, topicname.Check(values[0]) == nil
}

// violationsText is as many violations as fit, as JSON. They name fields and
// rules, never values.
func violationsText(v verdict) string {
	out := []byte{'['}
	for i, one := range v.violations {
		b, err := json.Marshal(one)
		if err != nil || len(out)+len(b)+2 > maxViolationsHeader {
			break
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, b...)
	}
	return string(append(out, ']'))
}

// cut shortens UTF-8 text to at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
