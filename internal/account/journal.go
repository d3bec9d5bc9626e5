package account

// Kind says what an entry of a journal is about.
type Kind string

// Of a member. An attempt of a handler has one entry when it starts and one when it
// ends. An attempt without the second one was going on when its process died.
const (
	Started   Kind = "started"   // a handler was called
	Handled   Kind = "handled"   // it had its effect
	Skipped   Kind = "skipped"   // it decided to do nothing
	Failed    Kind = "failed"    // it returns an error
	Abandoned Kind = "abandoned" // its context ended before it had a result

	Assigned Kind = "assigned" // a partition is the member's from here on
	Revoked  Kind = "revoked"  // it has given the partition back
	Lost     Kind = "lost"     // the group has gone on without it
	Left     Kind = "left"     // it has ended; Text is its error, if there was one
)

// Of a producer: an intent before each publish, and one of three outcomes. An intent
// without an outcome may or may not be in the log, as one of Unknown.
const (
	Intended Kind = "intended"
	Acked    Kind = "acked"   // Offset is -1 if the broker did not tell
	Refused  Kind = "refused" // the producer says that it was not written
	Unknown  Kind = "unknown"
)

// Of an observer between clients and brokers, written before the answer goes on to
// the client. Since is when the request came, and Code is Kafka's error code.
const (
	Committed Kind = "committed" // an offset of a group
	Written   Kind = "written"   // Count records from Position on
)

// NoAnswer is the Code of a request whose connection ended before its answer.
const NoAnswer int16 = -2

// Of a driver, about the process of which Member is the journal.
const (
	Launched Kind = "launched"
	Killed   Kind = "killed"   // it has been sent SIGKILL
	Freezing Kind = "freezing" // it is about to be sent SIGSTOP
	Thawed   Kind = "thawed"   // it has been sent SIGCONT
	Stopping Kind = "stopping" // it is about to be asked to end
	Ended    Kind = "ended"    // it is gone; Text is what was wrong, if anything was
)

// known are the kinds that a reader accepts.
var known = map[Kind]bool{
	Started: true, Handled: true, Skipped: true, Failed: true, Abandoned: true,
	Assigned: true, Revoked: true, Lost: true, Left: true,
	Intended: true, Acked: true, Refused: true, Unknown: true,
	Committed: true, Written: true,
	Launched: true, Killed: true, Freezing: true, Thawed: true, Stopping: true, Ended: true,
}

// attempt reports whether an entry of the kind is about a handler and its record.
func (k Kind) attempt() bool {
	return k == Started || k == Handled || k == Skipped || k == Failed || k == Abandoned
}

// Entry is one line of a journal.
type Entry struct {
	Kind Kind `json:"kind"`

	// At is the time of the host's monotonic clock, in ns: entries of several
	// processes of one host can be compared, whatever happens to the time of day.
	// [JournalWriter] sets it.
	At int64 `json:"at"`

	// Position is that of the record as it was delivered, which for a redriven
	// one is in a redrive topic. Of Assigned, Revoked and Lost it is the partition,
	// of Committed the offset.
	Position

	Attempt  int    `json:"attempt"` // of the handler, from 1
	Redriven bool   `json:"redriven,omitempty"`
	Type     string `json:"event_type"`
	EventID  string `json:"event_id"`

	Fate   Kind   `json:"fate,omitempty"`   // of Intended: Handled, Failed or Skipped by its handler in the end; "" if it is not known
	Key    string `json:"key,omitempty"`    // of Intended
	Group  string `json:"group,omitempty"`  // of Committed
	Member string `json:"member,omitempty"` // of a driver's entries
	Since  int64  `json:"since,omitempty"`  // ns, as At
	Code   int16  `json:"code,omitempty"`
	Count  int    `json:"count,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Journal is what one process did, or one incarnation of a group's member, as it
// is on disk.
type Journal struct {
	Name    string // of its file, without the extension
	Entries []Entry
	Cut     int // bytes of a last line that has no end
}

// moment orders entries: within a journal by their lines, between journals by the
// clock.
type moment struct {
	journal, line int
	at            int64
}

func (m moment) before(o moment) bool {
	if m.journal == o.journal {
		return m.line < o.line
	}
	return m.at < o.at
}
