package kafkaclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// SendTimeout bounds one send of a program for which somebody waits, retries
	// included. It is longer than a leader election takes.
	SendTimeout = 30 * time.Second

	// reportGrace is how long after it the client may tell the outcome.
	reportGrace = 5 * time.Second

	// senderRecordBytes bounds a record on our side: the topic's own limit decides.
	senderRecordBytes = 64 << 20

	// senderClose is the longest wait for the client's end. Nothing is outstanding
	// then, but for a record whose outcome the client never told.
	senderClose = time.Second
)

// Sender writes records as they are, whatever their headers say: one at a time,
// each acknowledged by all in-sync replicas before the next. It is for one
// goroutine; the caller must Close it.
type Sender struct {
	session    *Session
	producer   *Producer
	partitions map[string]int32 // by topic, for records without a key
}

// Sender starts a client. It does not wait for a broker: see [Session.Reach].
func (s *Session) Sender() (*Sender, error) {
	p, err := NewProducer(ProducerConfig{
		Cluster: s.Cluster, ClientID: s.ClientID, Limits: Limits{RecordBytes: senderRecordBytes},
		Logger:         slog.New(slog.DiscardHandler), // outcomes tell what went wrong
		MessageTimeout: SendTimeout, Overrides: s.impatient(),
	})
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &Sender{session: s, producer: p, partitions: map[string]int32{}}, nil
}

// Send writes the key, value and headers of a record to a topic, in the partition of
// its key. A record without a key keeps its place among those of its partition: it
// goes to the one of the same number, modulo those that the topic has. The error
// says whether it may have been written all the same. An end of the program does
// not end it, which would make an outcome unknown that is known soon.
func (s *Sender) Send(topic string, record *kafka.Message) error {
	partition := kafka.PartitionAny
	if record.Key == nil {
		n, err := s.count(topic)
		if err != nil {
			return err
		}
		partition = record.TopicPartition.Partition % n
	}
	msg := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: partition},
		Key:            record.Key, Value: record.Value, Headers: record.Headers,
	}
	outcome := make(chan error, 1)
	if err := s.producer.Send(msg, func(_ int32, _ int64, err error) { outcome <- err }); err != nil {
		return s.explain(topic, err)
	}
	late := time.NewTimer(SendTimeout + reportGrace)
	defer late.Stop()
	select {
	case err := <-outcome:
		return s.explain(topic, err)
	case <-late.C:
		return errors.New("the client reported no outcome: it may have been sent")
	}
}

// explain says what the error of a record means for it.
func (s *Sender) explain(topic string, err error) error {
	var ke kafka.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &ke):
		return fmt.Errorf("it may have been sent: %w", err)
	case errors.Is(err, ErrRejected) && ke.Code() == kafka.ErrMsgSizeTooLarge:
		return fmt.Errorf("not sent, it is too large: raise max.message.bytes of topic %q: %w", topic, ke)
	case errors.Is(err, ErrRejected):
		return fmt.Errorf("not sent, the cluster refused it: %w", s.producer.denied(ke, topic))
	}
	// What follows from the client's failure for good is not its reason.
	if failed := s.producer.Failure(); failed != nil {
		return fmt.Errorf("no acknowledgement, it may have been sent: %w", failed)
	}
	return fmt.Errorf("no acknowledgement, it may have been sent: %w", ke)
}

// count is a topic's number of partitions, which is asked for once.
func (s *Sender) count(topic string) (int32, error) {
	if n, ok := s.partitions[topic]; ok {
		return n, nil
	}
	partitions, err := s.session.partitions(s.producer.link.Load().client, topic)
	if err != nil {
		return 0, err
	}
	n := int32(len(partitions))
	s.partitions[topic] = n
	return n, nil
}

// Close releases the client.
func (s *Sender) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), senderClose)
	defer cancel()
	_ = s.producer.Close(ctx) // every record has its outcome
}
