package account

// Kind says what an entry of a journal is about.
type Kind string

// An attempt of a handler has one entry when it starts and one when it ends. An
// attempt without the second one was going on when its process died.
const (
	Started Kind = "started" // a handler was called
	Handled Kind = "handled" // it had its effect
	Skipped Kind = "skipped" // it decided to do nothing
	Failed  Kind = "failed"  // it returns an error
)

// known are the kinds that a reader accepts.
var known = map[Kind]bool{Started: true, Handled: true, Skipped: true, Failed: true}

// Entry is one line of a journal.
type Entry struct {
	Kind Kind `json:"kind"`

	// At is the time of the host's monotonic clock, in ns: entries of several
	// processes of one host can be compared, whatever happens to the time of day.
	// [JournalWriter] sets it.
	At int64 `json:"at"`

	// Position is that of the record as it was delivered, which for a redriven
	// one is in a redrive topic.
	Position

	Attempt  int    `json:"attempt"` // of the handler, from 1
	Redriven bool   `json:"redriven,omitempty"`
	Type     string `json:"event_type"`
	EventID  string `json:"event_id"`
}

// Journal is what one process did, or one incarnation of a group's member, as it
// is on disk.
type Journal struct {
	Name    string // of its file, without the extension
	Entries []Entry
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
