package account

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

	// Acked is where the producer was told that its events were written.
	Acked []Position
}

// Group is what one consumer group left behind.
type Group struct {
	Name    string
	Topics  []string // that it subscribes to, without its redrive topics
	Handles []string // the event types that it has handlers for

	Journals    []Journal // one for each incarnation of a member
	DeadLetters []Record  // its dead-letter topics
	Redriven    []Record  // its redrive topics

	// Committed has the group's offsets at the end; a partition without a commit is
	// missing.
	Committed map[TopicPartition]int64
}
