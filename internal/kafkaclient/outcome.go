package kafkaclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// What is known of a record that was not acknowledged (G3). Package eventbus
// publishes these under its own name, where they are documented for users.
var (
	// ErrBackpressure: it was not sent, because there was no room for it in time.
	ErrBackpressure = errors.New("not sent: the context ended before the event was enqueued")

	// ErrClosed: it was not sent, because the producer is closed.
	ErrClosed = errors.New("not sent: the producer is closed")

	// ErrRejected: the cluster refused it, and it was definitely not written.
	ErrRejected = errors.New("rejected by the cluster")

	// ErrIndeterminate: it may or may not have been written.
	ErrIndeterminate = errors.New("outcome unknown: the event may or may not have been written")
)

// ErrCloseTimeout matches the error of a close that did not end in time.
var ErrCloseTimeout = errors.New("closing did not finish in time")

// OutcomeOf maps the error of a delivery report. A rejection proves that nothing
// was written only if it is of the record's only attempt: else an earlier one, whose
// answer was lost or said "not now", may have written it.
func OutcomeOf(err error, only bool) error {
	if only && isRejection(Code(err)) {
		return ErrRejected
	}
	return ErrIndeterminate
}

// notEnqueued maps the error of a produce call, after which no report comes.
func notEnqueued(err error) error {
	switch code := Code(err); {
	case code == kafka.ErrQueueFull:
		return ErrBackpressure
	case code == kafka.ErrState && fatalError(err) == nil:
		return ErrClosed
	}
	return OutcomeOf(err, true)
}

// outcomeError is err with its outcome; nil for nil.
func outcomeError(err error, only bool) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", OutcomeOf(err, only), err)
}

func isRejection(code kafka.ErrorCode) bool {
	switch code {
	case kafka.ErrMsgSizeTooLarge, kafka.ErrInvalidRecord:
		return true
	}
	return IsUnknownTopic(code) || IsDenied(code)
}

// IsDenied reports whether a right is missing to write.
func IsDenied(code kafka.ErrorCode) bool {
	return code == kafka.ErrTopicAuthorizationFailed || code == kafka.ErrClusterAuthorizationFailed
}

// IsUnknownTopic reports whether the cluster, or the client, knows no such topic
// or partition.
func IsUnknownTopic(code kafka.ErrorCode) bool {
	return code == kafka.ErrUnknownTopic || code == kafka.ErrUnknownTopicOrPart || code == kafka.ErrUnknownPartition
}

// isPurged reports whether the client dropped a record, as it does with all of
// them when it fails for good.
func isPurged(code kafka.ErrorCode) bool {
	return code == kafka.ErrPurgeQueue || code == kafka.ErrPurgeInflight
}

// Code is the Kafka error code of err; ErrNoError if it has none.
func Code(err error) kafka.ErrorCode {
	var ke kafka.Error
	if errors.As(err, &ke) {
		return ke.Code()
	}
	return kafka.ErrNoError
}

// fatalError is err's Kafka error if it ended the client for good.
func fatalError(err error) error {
	var ke kafka.Error
	if errors.As(err, &ke) && (ke.IsFatal() || ke.Code() == kafka.ErrFatal) {
		return ke
	}
	return nil
}

// MissingTopic says what to do about a topic that does not exist.
func MissingTopic(name string) error {
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply", name)
}

// Explain says of the error of a record for topic what to do about it, where that
// is known. Of ctx's error, which only says that time has run out, it says what
// the client told lately.
func (p *Producer) Explain(err error, topic string) error {
	code := Code(err)
	switch {
	case IsUnknownTopic(code):
		return fmt.Errorf("%w: %w", MissingTopic(topic), err)
	case fatalError(err) != nil, isPurged(code) && p.Failure() != nil:
		p.link.Load().noteFatal(p)
		if first := p.fatal.Load(); first != nil {
			err = *first
		}
		return fmt.Errorf("the Kafka client failed for good, and is replaced by another one: %w", p.denied(err, topic))
	case code == kafka.ErrMsgTimedOut, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return p.causes.Recent(err)
	}
	return p.denied(err, topic)
}

// denied explains a right that is missing to write to a topic.
func (p *Producer) denied(err error, topic string) error {
	return p.cluster.Denied(err, kafka.ACLOperationWrite, topic, "")
}
