package eventbus

import (
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// ConsumerStats are a consumer's counters since its start, and its state.
type ConsumerStats struct {
	Received uint64 // records that the client delivered
	Handled  uint64 // a handler returned nil
	Skipped  uint64 // settled without effect; the next four say why
	Dead     map[event.Reason]uint64

	SkippedByHandler   uint64 // Skip was returned
	SkippedUnknownType uint64 // no handler for the type
	SkippedTombstones  uint64 // no tombstone handler
	SkippedForeign     uint64 // on the redrive topic, for another group or topic

	Attempts  uint64 // handler calls
	Retries   uint64 // attempts that will be followed by another
	Panics    uint64
	Timeouts  uint64 // attempts that ended after their timeout
	Abandoned uint64 // runs that settled nothing: the assignment or Run had ended
	Late      uint64 // results of handlers whose assignment had ended
	KeyDiffer uint64 // records whose key is not their payload's key field

	BreakersOpened uint64 // times that a handler's circuit breaker has opened
	BreakersOpen   int    // handlers whose breaker is open, now

	DeadLetterRetries  uint64 // dead letters that had to be sent again
	DeadLettersDelayed uint64 // dead letters that had to wait for room within MaxDeadLetters
	Stuck              int    // handlers beyond their timeout, now
	Held               int    // keys that wait for a newer version, now
	Waiting            int    // keys that wait for a retry, their handler or a dead letter, now

	Rebalances     uint64
	StoreErrors    uint64        // offsets that could not be stored
	CommitErrors   uint64        // commits that failed
	PollAge        time.Duration // since the client was last polled
	CommitAge      time.Duration // since the last confirmed commit, while something is uncommitted
	LostRecords    uint64        // offsets that were gone before they were read
	Truncations    uint64        // logs that were found shorter than what was read of them
	Recreations    uint64        // logs of topics that were deleted and made again
	CorruptBatches uint64        // batches that the client could not read, each time that it tried
	OffsetGaps     uint64        // offsets without a record: transaction markers and compaction holes
	Pauses         uint64
	Assigned       int // partitions
	InFlight       int // records queued or running
	InFlightBytes  int64

	// Partitions are the assigned ones, by topic and partition.
	Partitions []PartitionStats
}

// PartitionStats is the state of one assigned partition.
type PartitionStats struct {
	Topic     string
	Partition int32
	Watermark int64 // lowest unsettled offset
	Committed int64 // last offset that the group's coordinator confirmed; -1 if none
	Pending   int   // records that are not settled
	Paused    bool
}
