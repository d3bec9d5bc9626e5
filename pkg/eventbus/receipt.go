package eventbus

import (
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Receipt says where an acknowledged event is. All in-sync replicas have it.
type Receipt struct {
	EventID   string // "" for a tombstone
	Topic     string
	Partition int32

	// Offset is -1 when the broker only confirmed that it has the record from
	// an earlier attempt of ours, without saying where.
	Offset int64

	// Timestamp is the record's Kafka timestamp as it was sent, in
	// milliseconds. A topic with LogAppendTime replaces it by its own.
	Timestamp time.Time
}

// Result is the outcome of one event of a batch.
type Result struct {
	Receipt Receipt
	Err     error // nil if the event is acknowledged; else as of Publish
}

// FirstError returns the first error of results, or nil if every event is
// acknowledged.
func FirstError(results []Result) error {
	for i := range results {
		if results[i].Err != nil {
			return results[i].Err
		}
	}
	return nil
}

// result is the outcome of a settled record.
func (pd *pending) result() (Receipt, error) {
	if pd.err != nil {
		return Receipt{}, pd.failure()
	}
	return Receipt{
		EventID: pd.out.id, Topic: pd.out.rec.Topic, Partition: pd.partition,
		Offset: max(pd.offset, -1), Timestamp: time.UnixMilli(pd.at).UTC(),
	}, nil
}

func (pd *pending) failure() error {
	if pe := (*PublishError)(nil); errors.As(pd.err, &pe) {
		return pe // it never reached the client
	}
	clean := pd.clean
	code := kafkaCode(pd.err)
	if isUnknownTopic(code) || isDenied(code) {
		// A topic that took records may have this one, from an attempt that the
		// client made again by itself, and be gone since, or the right to it.
		clean = clean && !pd.out.topic.used.Load()
	}
	e := pd.out.failed(reportKind(pd.err, clean), pd.err)
	switch {
	case isUnknownTopic(code):
		e.Err = unknownTopic(pd.out.rec.Topic, pd.err)
	case purged(code) && pd.from.raw.fatal.Load() != nil:
		e.Err = pd.from.fatal(pd.err, pd.out.rec.Topic)
	case code == kafka.ErrMsgTimedOut:
		e.Err = pd.from.raw.causes.Recent(pd.err)
	default:
		e.Err = pd.from.denied(pd.err, pd.out.rec.Topic)
	}
	return e
}

// purged reports whether the client dropped a record, as it does with all of
// them when it fails for good.
func purged(code kafka.ErrorCode) bool {
	return code == kafka.ErrPurgeQueue || code == kafka.ErrPurgeInflight
}

// errGone is why no report can come any more.
var errGone = kafka.NewError(kafka.ErrDestroy, "the producer was closed before the outcome was known", false)

// unknown is the outcome of a record without a report.
func (pd *pending) unknown(ctx context.Context) error {
	cause := ctx.Err()
	if cause == nil {
		return pd.out.failed(ErrIndeterminate, errGone)
	}
	cause = pd.from.raw.causes.Recent(cause)
	return pd.out.failed(ErrIndeterminate, cause)
}
