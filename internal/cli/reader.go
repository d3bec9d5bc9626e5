package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// reading says what to read of one topic. Nothing is committed, and no group is
// joined.
type reading struct {
	topic string

	// last starts so many records before each partition's end; 0 means at the
	// first record.
	last int64

	// none starts at each partition's end.
	none bool

	// since starts at the first record of that time or later.
	since time.Time

	// ends are where to stop, by partition; nil means at the ends of now.
	ends map[int32]int64

	// fixed is called with the ends before the first record is read.
	fixed func(ends map[int32]int64)

	// caughtUp is called once every record that existed at the start was read.
	// It says whether to go on with what is written from then on.
	caughtUp func() (follow bool, err error)
}

// pollInterval bounds how long an ended context goes unnoticed.
const pollInterval = 100 * time.Millisecond

// read calls each for the records of a topic, partition by partition in offset
// order. The end of each partition is fixed at the start.
func (c connection) read(ctx context.Context, r reading, each func(recordview.Record) error) error {
	if err := c.reach(ctx); err != nil {
		return err
	}
	spans, err := c.readToTheEnds(ctx, r, each)
	if err != nil || r.caughtUp == nil {
		return err
	}
	if follow, err := r.caughtUp(); err != nil || !follow {
		return err
	}
	// A consumer is assigned once only: librdkafka 2.15.1 aborts the process when
	// one is closed while the partitions of an earlier assignment still stop.
	consumer, err := c.newConsumer(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }() // it has read, and has nothing to lose
	return c.span(ctx, consumer, r.topic, spans, true, each)
}

// consumerClient is a consumer with its tokens.
type consumerClient struct {
	*kafka.Consumer

	tokenless func()
}

// Close releases the client.
func (c *consumerClient) Close() error {
	c.tokenless() // a token beside the destruction would use freed memory
	return c.Consumer.Close()
}

func (c connection) newConsumer(ctx context.Context) (*consumerClient, error) {
	m := c.client()
	for k, v := range (kafka.ConfigMap{
		"group.id":               "eventctl", // required by the client; no group is joined
		"enable.auto.commit":     false,
		"auto.offset.reset":      "earliest",
		"isolation.level":        "read_committed",
		"enable.partition.eof":   true,
		"check.crcs":             true,
		"fetch.wait.max.ms":      50,
		"fetch.queue.backoff.ms": 5,
	}) {
		(*m)[k] = v
	}
	consumer, err := kafka.NewConsumer(m)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(c.Brokers, ","), err)
	}
	stop, err := c.authenticate(ctx, consumer)
	if err != nil {
		_ = consumer.Close() // it has not connected
		return nil, err
	}
	return &consumerClient{Consumer: consumer, tokenless: stop}, nil
}

// readToTheEnds returns what was read of each partition.
func (c connection) readToTheEnds(ctx context.Context, r reading, each func(recordview.Record) error) (map[int32]*span, error) {
	consumer, err := c.newConsumer(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = consumer.Close() }() // it has read, and has nothing to lose
	spans, err := c.spans(consumer, r)
	if err != nil {
		return nil, err
	}
	if r.fixed != nil {
		ends := map[int32]int64{}
		for p, s := range spans {
			ends[p] = s.end
		}
		r.fixed(ends)
	}
	return spans, c.span(ctx, consumer, r.topic, spans, false, each)
}

// span is what to read of one partition: offsets from next to below end.
type span struct{ next, end int64 }

// spans fixes the ends of all partitions and finds where to start.
func (c connection) spans(consumer *consumerClient, r reading) (map[int32]*span, error) {
	partitions, err := c.partitions(consumer, r.topic)
	if err != nil {
		return nil, err
	}
	ms := int(c.timeout.Milliseconds())
	out := make(map[int32]*span, len(partitions))
	for _, p := range partitions {
		low, high, err := consumer.QueryWatermarkOffsets(r.topic, p, ms)
		if err != nil {
			return nil, c.denied(fmt.Sprintf("find the ends of topic %q", r.topic), err, kafka.ACLOperationRead, r.topic)
		}
		if end, ok := r.ends[p]; ok {
			high = min(high, end)
		} else if r.ends != nil {
			high = low // the partition was added since
		}
		out[p] = &span{next: low, end: high}
		switch {
		case r.none:
			out[p].next = high
		case r.last > 0:
			out[p].next = max(low, high-r.last)
		}
	}
	if r.since.IsZero() {
		return out, nil
	}
	var times []kafka.TopicPartition
	for p := range out {
		times = append(times, kafka.TopicPartition{Topic: &r.topic, Partition: p, Offset: kafka.Offset(r.since.UnixMilli())})
	}
	found, err := consumer.OffsetsForTimes(times, ms)
	if err != nil {
		return nil, c.failed(fmt.Sprintf("find %s in topic %q", r.since.Format(time.RFC3339), r.topic), err)
	}
	for _, tp := range found {
		s := out[tp.Partition]
		if tp.Offset < 0 { // no record that late
			s.next = s.end
			continue
		}
		s.next = max(s.next, int64(tp.Offset))
	}
	return out, nil
}

func (c connection) partitions(m kafkaclient.MetadataClient, topic string) ([]int32, error) {
	md, err := m.GetMetadata(&topic, false, int(c.timeout.Milliseconds()))
	if err != nil {
		return nil, c.failed(fmt.Sprintf("find topic %q", topic), err)
	}
	t, ok := md.Topics[topic]
	if !ok || t.Error.Code() == kafka.ErrUnknownTopicOrPart || t.Error.Code() == kafka.ErrUnknownTopic || len(t.Partitions) == 0 && t.Error.Code() == kafka.ErrNoError {
		return nil, c.missingTopic(m, topic)
	}
	if t.Error.Code() != kafka.ErrNoError {
		return nil, c.denied(fmt.Sprintf("find topic %q", topic), t.Error, kafka.ACLOperationRead, topic)
	}
	out := make([]int32, len(t.Partitions))
	for i, p := range t.Partitions {
		out[i] = p.ID
	}
	slices.Sort(out)
	return out, nil
}

// span reads until every partition is at its end or, with forever, until ctx
// ends. It moves next along.
func (c connection) span(ctx context.Context, consumer *consumerClient, topic string, spans map[int32]*span, forever bool, each func(recordview.Record) error) error {
	open := map[int32]bool{}
	var assignment []kafka.TopicPartition
	for p, s := range spans {
		if forever || s.next < s.end {
			open[p] = true
			assignment = append(assignment, kafka.TopicPartition{Topic: &topic, Partition: p, Offset: kafka.Offset(s.next)})
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := consumer.Assign(assignment); err != nil {
		return fmt.Errorf("read topic %q: %w", topic, err)
	}
	answered, alone := time.Now(), false
	for len(open) > 0 {
		if ctx.Err() != nil {
			return errInterrupted
		}
		if !forever && time.Since(answered) > c.timeout {
			return c.noAnswer(fmt.Sprintf("read topic %q", topic))
		}
		switch e := consumer.Poll(int(pollInterval.Milliseconds())).(type) {
		case *kafka.Message:
			alone = false
			p := e.TopicPartition.Partition
			if !open[p] {
				continue // written after the end was fixed
			}
			s, offset := spans[p], int64(e.TopicPartition.Offset)
			if forever || offset < s.end {
				if err := each(recordOf(e)); err != nil {
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
			if e.IsFatal() || !e.IsRetriable() && !connectionError(e) || !forever && e.Code() == kafka.ErrAllBrokersDown {
				return c.denied(fmt.Sprintf("read topic %q", topic), e, kafka.ACLOperationRead, topic)
			}
			if e.Code() == kafka.ErrAllBrokersDown && !alone && c.note != nil {
				alone = true
				c.note("no broker answers: waiting until one does")
			}
		}
	}
	return nil
}

func connectionError(e kafka.Error) bool {
	switch e.Code() {
	case kafka.ErrTransport, kafka.ErrAllBrokersDown, kafka.ErrTimedOut, kafka.ErrResolve:
		return true
	}
	return false
}

func recordOf(m *kafka.Message) recordview.Record {
	r := recordview.Record{
		Record:    event.Record{Topic: *m.TopicPartition.Topic, Key: m.Key, Value: m.Value},
		Partition: m.TopicPartition.Partition,
		Offset:    int64(m.TopicPartition.Offset),
		Timestamp: m.Timestamp,
	}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return r
}
