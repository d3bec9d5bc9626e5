package account

import "fmt"

// Rule is one check of an account. Findings, tests and reports know it by its
// number.
type Rule string

const (
	// AckedIsWritten: what was acknowledged to the producer is in the log.
	AckedIsWritten Rule = "K1"

	// NothingIsLost: every record of the log was handled, is a dead letter, or was
	// skipped.
	NothingIsLost Rule = "K5"

	// OneFate: no record is handled whose only end is a dead letter, because it is
	// not an event at all.
	OneFate Rule = "K6"

	// KeyInOrder: events of one key are first handled in the order of the log. Dead
	// letters and what is redriven are exempt, whose turn has passed.
	KeyInOrder Rule = "K7"

	// CommitIsTheEnd: once a group has nothing left to do, its offset is the end of
	// the log: below it records would be handled again, above it none ever.
	CommitIsTheEnd Rule = "K11"

	// LetterIsTheRecord: a dead letter names its record, and is that record byte for
	// byte.
	LetterIsTheRecord Rule = "K12"

	// HandledIsInTheLog: what reaches a handler is in the log, or in the group's
	// redrive topics: it was not taken back by its writer, and not invented.
	HandledIsInTheLog Rule = "K16"
)

// Finding is one thing that should not be.
type Finding struct {
	Rule     Rule
	Group    string   // "" if it concerns none
	Position Position // of the record; Offset is that of a commit for CommitIsTheEnd
	Text     string   // a sentence that names the position
}

// String has all but the Position, which is in the text.
func (f Finding) String() string {
	if f.Group == "" {
		return fmt.Sprintf("%s: %s", f.Rule, f.Text)
	}
	return fmt.Sprintf("%s: %s: %s", f.Rule, f.Group, f.Text)
}
