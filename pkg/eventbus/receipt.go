package eventbus

import "time"

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
	switch {
	case pd.unsent != nil:
		return Receipt{}, pd.unsent
	case pd.report.Err != nil:
		return Receipt{}, pd.failure()
	}
	return Receipt{
		EventID: pd.out.id, Topic: pd.out.rec.Topic, Partition: pd.report.Partition,
		Offset: max(pd.report.Offset, -1), Timestamp: time.UnixMilli(pd.at).UTC(),
	}, nil
}
