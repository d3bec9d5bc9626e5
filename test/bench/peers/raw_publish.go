package peers

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// rawSender is the client as one would use it for speed: one goroutine that
// sends and reuses its message, one that drains the reports. Unless it is blind,
// it learns what became of each record, by the message's Opaque.
type rawSender struct {
	client  *kafka.Producer
	record  func(n int) (key, value []byte, err error)
	fates   []fate // by record, modulo; nil if blind
	topic   string
	msg     kafka.Message
	sent    int
	drained chan struct{}
	acked   atomic.Int64
	failed  atomic.Pointer[error]
	soon    *time.Ticker
}

// fate is what became of a record.
type fate struct {
	offset kafka.Offset
	err    error
}

// maxOutstanding is above what the client's queue takes.
const maxOutstanding = 1 << 17

// newCorpusSender sends what was encoded before.
func newCorpusSender(t measure.Task) (*rawSender, error) {
	c, err := measure.OpenCorpus(t.Corpus)
	if err != nil {
		return nil, err
	}
	return newRawSender(t, func(n int) (key, value []byte, err error) {
		key, value = c.Record(n)
		return key, value, nil
	})
}

// newRawSender sends what record makes.
func newRawSender(t measure.Task, record func(n int) (key, value []byte, err error)) (*rawSender, error) {
	client, err := kafka.NewProducer(rawProducerSettings(t.Addr, t.Series.LingerMs))
	if err != nil {
		return nil, fmt.Errorf("start the raw producer: %w", err)
	}
	s := &rawSender{client: client, record: record, topic: t.Topic, drained: make(chan struct{}), soon: time.NewTicker(time.Millisecond)}
	if !t.Series.Blind {
		s.fates = make([]fate, maxOutstanding)
	}
	s.msg.TopicPartition = kafka.TopicPartition{Topic: &s.topic, Partition: kafka.PartitionAny}
	go s.drain()
	return s, nil
}

func (s *rawSender) drain() {
	defer close(s.drained)
	for ev := range s.client.Events() {
		switch ev := ev.(type) {
		case *kafka.Message:
			err := ev.TopicPartition.Error
			if f, ok := ev.Opaque.(*fate); ok {
				f.offset, f.err = ev.TopicPartition.Offset, err
			}
			if err != nil {
				s.failed.Store(&err)
			}
			s.acked.Add(1)
		case kafka.Error:
			err := error(ev)
			s.failed.Store(&err)
		}
	}
}

// send sends n records and returns when all are acknowledged.
func (s *rawSender) send(n int) error {
	for range n {
		if err := s.enqueue(); err != nil {
			return err
		}
	}
	return s.settle()
}

// enqueue sends the next record.
func (s *rawSender) enqueue() error {
	var err error
	if s.msg.Key, s.msg.Value, err = s.record(s.sent); err != nil {
		return fmt.Errorf("encode event %d: %w", s.sent, err)
	}
	if s.fates != nil {
		s.msg.Opaque = &s.fates[s.sent%maxOutstanding]
	}
	for {
		err := s.client.Produce(&s.msg, nil)
		if err == nil {
			s.sent++
			return nil
		}
		var full kafka.Error
		if !errors.As(err, &full) || full.Code() != kafka.ErrQueueFull {
			return fmt.Errorf("raw produce: %w", err)
		}
		<-s.soon.C
	}
}

// settle returns when all are acknowledged.
func (s *rawSender) settle() error {
	for s.acked.Load() < int64(s.sent) {
		<-s.soon.C
	}
	if err := s.failed.Load(); err != nil {
		return fmt.Errorf("raw produce: %w", *err)
	}
	return nil
}

func (s *rawSender) close() {
	s.soon.Stop()
	s.client.Close()
	<-s.drained
}

// Load writes the log that consumers of a format read.
func Load(t measure.Task) error {
	f, err := FormatNamed(t.Format)
	if err != nil {
		return err
	}
	s, err := newCorpusSender(t)
	if err != nil {
		return err
	}
	defer s.close()
	s.msg.Headers = f.Headers
	return s.send(t.Log)
}

func rawPublish(t measure.Task) (measure.Result, error) {
	s, err := newCorpusSender(t)
	if err != nil {
		return measure.Result{}, err
	}
	return s.measure(t)
}

// measure sends the events of a task, and closes the sender.
func (s *rawSender) measure(t measure.Task) (measure.Result, error) {
	defer s.close()
	if err := s.send(t.Warm); err != nil {
		return measure.Result{}, err
	}
	m, err := measure.Start(t.Profile)
	if err != nil {
		return measure.Result{}, err
	}
	if err := s.send(t.Records); err != nil {
		return measure.Result{}, err
	}
	r, err := m.Stop(t.Records)
	r.Done = s.sent
	return r, err
}
