package kafkaclient

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// pollInterval bounds how long an ended context goes unnoticed.
const pollInterval = 100 * time.Millisecond

// span is what to read of one partition: offsets from next to below end.
type span struct{ next, end int64 }

// spans fixes the ends of all partitions and finds where to start.
func (c *readerClient) spans() (map[int32]*span, error) {
	partitions, err := c.Session.partitions(c.consumer, c.Topic)
	if err != nil {
		return nil, err
	}
	out := make(map[int32]*span, len(partitions))
	for _, p := range partitions {
		low, high, err := c.consumer.QueryWatermarkOffsets(c.Topic, p, c.Session.milliseconds())
		if err != nil {
			return nil, c.Session.denied(fmt.Sprintf("find the ends of topic %q", c.Topic), err, kafka.ACLOperationRead, c.Topic)
		}
		if end, ok := c.Ends[p]; ok {
			high = min(high, end)
		} else if c.Ends != nil {
			high = low // the partition was added since
		}
		out[p] = &span{next: low, end: high}
		switch {
		case c.AtEnd:
			out[p].next = high
		case c.Last > 0:
			out[p].next = max(low, high-c.Last)
		}
	}
	if c.Since.IsZero() {
		return out, nil
	}
	return out, c.skipEarlier(out)
}

// skipEarlier moves the spans to the first record that is not before Since. A record's
// time is its producer's or its broker's, as the topic is configured.
func (c *readerClient) skipEarlier(spans map[int32]*span) error {
	var times []kafka.TopicPartition
	for p := range spans {
		times = append(times, kafka.TopicPartition{Topic: &c.Topic, Partition: p, Offset: kafka.Offset(c.Since.UnixMilli())})
	}
	found, err := c.consumer.OffsetsForTimes(times, c.Session.milliseconds())
	if err != nil {
		return c.Session.Failed(fmt.Sprintf("find %s in topic %q", c.Since.Format(time.RFC3339), c.Topic), err)
	}
	for _, tp := range found {
		s := spans[tp.Partition]
		if tp.Offset < 0 { // no record that late
			s.next = s.end
			continue
		}
		s.next = max(s.next, int64(tp.Offset))
	}
	return nil
}

// partitions are those of a topic, ordered.
func (s *Session) partitions(m MetadataClient, topic string) ([]int32, error) {
	md, err := m.GetMetadata(&topic, false, s.milliseconds())
	if err != nil {
		return nil, s.Failed(fmt.Sprintf("find topic %q", topic), err)
	}
	t, ok := md.Topics[topic]
	code := t.Error.Code()
	if !ok || code == kafka.ErrUnknownTopicOrPart || code == kafka.ErrUnknownTopic || len(t.Partitions) == 0 && code == kafka.ErrNoError {
		return nil, s.missingTopic(m, topic)
	}
	if code != kafka.ErrNoError {
		return nil, s.denied(fmt.Sprintf("find topic %q", topic), t.Error, kafka.ACLOperationRead, topic)
	}
	out := make([]int32, len(t.Partitions))
	for i, p := range t.Partitions {
		out[i] = p.ID
	}
	slices.Sort(out)
	return out, nil
}

// read reads until every partition is at its end or, with forever, until ctx ends.
// It moves next along.
func (c *readerClient) read(ctx context.Context, spans map[int32]*span, forever bool, each func(*kafka.Message) error) error {
	open := map[int32]bool{}
	var assignment []kafka.TopicPartition
	for p, s := range spans {
		if forever || s.next < s.end {
			open[p] = true
			assignment = append(assignment, kafka.TopicPartition{Topic: &c.Topic, Partition: p, Offset: kafka.Offset(s.next)})
		}
	}
	if len(open) == 0 {
		return nil
	}
	doing := fmt.Sprintf("read topic %q", c.Topic)
	if err := c.consumer.Assign(assignment); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	answered, alone := time.Now(), false
	for len(open) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// A broker may answer everything but fetches.
		if !forever && time.Since(answered) > c.Session.Timeout {
			return c.Session.noAnswer(doing)
		}
		switch e := c.consumer.Poll(int(pollInterval.Milliseconds())).(type) {
		case *kafka.Message:
			alone = false
			p := e.TopicPartition.Partition
			if !open[p] {
				continue // written after the end was fixed
			}
			s, offset := spans[p], int64(e.TopicPartition.Offset)
			if forever || offset < s.end {
				if err := each(e); err != nil {
					return err
				}
				s.next = offset + 1
			}
			if !forever && offset+1 >= s.end {
				delete(open, p)
			}
			answered = time.Now() // what each did took time too
		case kafka.PartitionEOF:
			answered, alone = time.Now(), false
			// The end may lie behind markers or an open transaction, where no
			// record can be read.
			spans[e.Partition].next = max(spans[e.Partition].next, int64(e.Offset))
			if !forever {
				delete(open, e.Partition)
			}
		case kafka.Error:
			if e.Code() == kafka.ErrGroupAuthorizationFailed {
				continue // the client asks for its group, which nothing here needs
			}
			// The client repairs connections by itself: following goes on.
			if e.IsFatal() || !e.IsRetriable() && !slices.Contains(unreachable, e.Code()) || !forever && e.Code() == kafka.ErrAllBrokersDown {
				return c.Session.denied(doing, e, kafka.ACLOperationRead, c.Topic)
			}
			if e.Code() == kafka.ErrAllBrokersDown && !alone {
				alone = true // until one answers
				c.Session.Notice("no broker answers: waiting until one does")
			}
		}
	}
	return nil
}
