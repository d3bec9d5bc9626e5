package account

import "time"

// Evidence is everything that an account is made from.
type Evidence struct {
	Groups []Group

	// Log has the records of the event topics, of this run alone, as a reader of
	// committed records sees them.
	Log []Record

	// Ends has the offset after the last record of each partition of Log's topics:
	// where a consumer that has read all must have committed. Partitions that are
	// missing here are not compared.
	Ends map[TopicPartition]int64

	// Acked is where the producer was told that its events were written, for a run
	// whose producers keep no journals.
	Acked []Position

	// Producers are their journals. With them, each event of the log has an intent.
	Producers []Journal

	// Observed is what an observer saw between clients and brokers: all commits, and
	// all writes to dead-letter topics. Defaults to nil: nobody looked.
	Observed *Journal

	// Driver is the journal of whoever started and ended the processes of the run:
	// all journals of producers and members are of processes that it launched.
	// Defaults to nil: nobody wrote one.
	Driver *Journal

	// StopLimit is how long a process may take to end once it is asked to.
	// Defaults to 0: not looked at.
	StopLimit time.Duration

	// DrainLimit is how long a member waits for a handler before it gives its partition
	// back: another member may handle the record beside one that goes on for longer.
	// Defaults to 0: none may.
	DrainLimit time.Duration

	// Secrets are canaries that none of Texts, such as logs by their names, may hold.
	Secrets []string
	Texts   map[string]string

	// Unseen is what whoever collected the evidence could not read.
	Unseen []string
}

// Group is what one consumer group left behind.
type Group struct {
	Name    string
	Topics  []string // that it subscribes to, without its redrive topics
	Handles []string // the event types that it has handlers for

	Journals    []Journal // one for each incarnation of a member
	DeadLetters []Record  // its dead-letter topics
	Redriven    []Record  // its redrive topics

	// LetterPartitions is how many partitions each of its dead-letter topics has.
	// Defaults to nil: where letters are is not looked at.
	LetterPartitions map[string]int32

	// Redrives are the runs that sent the records of Redriven. Defaults to nil: each
	// may have sent any dead letter, once.
	Redrives []Redrive

	// Committed has the group's offsets at the end; a partition without a commit is
	// missing.
	Committed map[TopicPartition]int64
}

// Redrive is one run that sent dead letters to their group again.
type Redrive struct {
	ID       string   // redrive-id of its records
	Letters  []string // dlq-id of those that it selected
	Complete bool     // it says that it has sent them all
}
