package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/recordview"
)

// sendTimeout bounds one send, retries included. It is longer than a leader
// election takes.
const sendTimeout = 30 * time.Second

// sender writes records as they are, dead-letter headers included, which a
// producer of events refuses: one at a time, each acknowledged by all in-sync
// replicas before the next.
type sender struct {
	conn       connection
	producer   *kafka.Producer
	tokenless  func()
	partitions map[string]int32
}

func (c connection) newSender(ctx context.Context) (*sender, error) {
	m := c.client()
	for k, v := range (kafka.ConfigMap{
		"enable.idempotence":  true,
		"acks":                "all",
		"partitioner":         "murmur2_random", // as every producer of these topics
		"linger.ms":           0,
		"message.timeout.ms":  int(sendTimeout.Milliseconds()),
		"message.max.bytes":   64 << 20, // the topic's own limit decides
		"go.delivery.reports": true,
	}) {
		(*m)[k] = v
	}
	p, err := kafka.NewProducer(m)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	stop, err := c.authenticate(ctx, p)
	if err != nil {
		p.Close()
		return nil, err
	}
	return &sender{conn: c, producer: p, tokenless: stop, partitions: map[string]int32{}}, nil
}

// errRefused are the codes with which the cluster refuses a record for good.
var errRefused = []kafka.ErrorCode{
	kafka.ErrMsgSizeTooLarge, kafka.ErrInvalidRecord, kafka.ErrTopicAuthorizationFailed, kafka.ErrClusterAuthorizationFailed,
}

// send writes one record. Its error says if the record may have been written all
// the same.
func (s *sender) send(topic string, r recordview.Record) error {
	partition := kafka.PartitionAny
	if r.Key == nil {
		// A record without a key keeps its place among those of its partition.
		n, err := s.count(topic)
		if err != nil {
			return err
		}
		partition = r.Partition % n
	}
	msg := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: partition},
		Key:            r.Key, Value: r.Value,
	}
	for _, h := range r.Headers {
		msg.Headers = append(msg.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	reports := make(chan kafka.Event, 1)
	if err := s.producer.Produce(msg, reports); err != nil {
		return s.explain(topic, err)
	}
	late := time.NewTimer(sendTimeout + 5*time.Second)
	defer late.Stop()
	for {
		select {
		case e := <-reports:
			if m, ok := e.(*kafka.Message); ok {
				return s.explain(topic, m.TopicPartition.Error)
			}
		case e := <-s.producer.Events():
			if err, ok := e.(kafka.Error); ok && err.IsFatal() {
				return s.explain(topic, err)
			}
		case <-late.C:
			return errors.New("the client reported no outcome: it may have been sent")
		}
	}
}

func (s *sender) explain(topic string, err error) error {
	var ke kafka.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &ke):
		return fmt.Errorf("it may have been sent: %w", err)
	case ke.Code() == kafka.ErrMsgSizeTooLarge:
		return fmt.Errorf("not sent, it is too large: raise max.message.bytes of topic %q: %w", topic, ke)
	case slices.Contains(errRefused, ke.Code()):
		return fmt.Errorf("not sent, the cluster refused it: %w", s.conn.cluster.Denied(ke, kafka.ACLOperationWrite, topic, ""))
	default:
		return fmt.Errorf("no acknowledgement, it may have been sent: %w", ke)
	}
}

func (s *sender) count(topic string) (int32, error) {
	if n, ok := s.partitions[topic]; ok {
		return n, nil
	}
	ps, err := s.conn.partitions(s.producer, topic)
	if err != nil {
		return 0, err
	}
	s.partitions[topic] = int32(len(ps))
	return int32(len(ps)), nil
}

func (s *sender) close() {
	s.tokenless() // a token beside the destruction would use freed memory
	s.producer.Close()
}
