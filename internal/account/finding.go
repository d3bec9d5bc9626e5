package account

import "fmt"

// Rule is one check of an account. Findings, tests and reports know it by its
// number.
type Rule string

const (
	// AckedIsWritten: what was acknowledged to the producer is in the log.
	AckedIsWritten Rule = "K1"

	// RefusedIsNotWritten: what the producer says was not written is not in the log.
	RefusedIsNotWritten Rule = "K2"

	// WrittenWasIntended: each event of the log was published by somebody.
	WrittenWasIntended Rule = "K3"

	// WrittenOnce: each event is in the log once, and was published by one producer.
	WrittenOnce Rule = "K4"

	// NothingIsLost: every record of the log was handled, is a dead letter, or was
	// skipped.
	NothingIsLost Rule = "K5"

	// OneFate: each event has the fate that was known beforehand, and no record is
	// handled whose only end is a dead letter, because it is not an event at all.
	OneFate Rule = "K6"

	// KeyInOrder: events of one key are first handled in the order of the log, and
	// within an assignment none starts after a newer one. Dead letters and what is
	// redriven are exempt, whose turn has passed.
	KeyInOrder Rule = "K7"

	// OneAtATime: when a handler starts, every older record of its key is settled,
	// whoever settled it, and no other handler of the key runs in the group.
	OneAtATime Rule = "K8"

	// CommitIsSettled: a commit covers only what was settled when it was sent.
	CommitIsSettled Rule = "K9"

	// CommitsRise: an accepted commit never falls behind an earlier one.
	CommitsRise Rule = "K10"

	// CommitIsTheEnd: once a group has nothing left to do, its offset is the end of
	// the log: below it records would be handled again, above it none ever.
	CommitIsTheEnd Rule = "K11"

	// LetterIsTheRecord: a dead letter names its record, and is that record byte for
	// byte.
	LetterIsTheRecord Rule = "K12"

	// LetterBeforeCommit: a commit covers a dead letter's record only after the
	// broker has acknowledged the letter.
	LetterBeforeCommit Rule = "K13"

	// LetterInPlace: a dead letter is in the partition of its key, behind those of
	// older records of that key.
	LetterInPlace Rule = "K14"

	// RedeliveredAboveCommit: what is delivered in an assignment is not below what
	// the group had committed when it began.
	RedeliveredAboveCommit Rule = "K15"

	// HandledIsInTheLog: what reaches a handler is in the log, or in the group's
	// redrive topics: it was not taken back by its writer, and not invented.
	HandledIsInTheLog Rule = "K16"

	// RedrivenOnce: a run of a redrive sends what it selected, each once.
	RedrivenOnce Rule = "K17"

	// SecretsStaySecret: no text that people read holds a canary.
	SecretsStaySecret Rule = "K18"

	// EndsInTime: a process ends when it is asked to, in time and in order, and not
	// by itself.
	EndsInTime Rule = "K19"

	// OneOwner: a partition is one member's at a time, unless there is a cause.
	OneOwner Rule = "ownership"

	// DuplicateHasCause: what is handled twice has a cause that somebody wrote down.
	DuplicateHasCause Rule = "duplicate"
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
