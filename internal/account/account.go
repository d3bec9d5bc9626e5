package account

import "slices"

// Account is what [Check] makes of evidence.
type Account struct {
	Rows     []Row
	Findings []Finding // in the order of the rules' checks and of the log

	// Causes counts duplicates by what they come from, such as "kill".
	Causes map[string]int

	// Unchecked are the rules for which there was no evidence, with what is missing.
	// Unseen is evidence that should be there and is not, or is damaged: without it
	// the absence of findings says nothing.
	Unchecked map[Rule]string
	Unseen    []string
}

// Row is the account of one group's records of one topic.
type Row struct {
	Group, Topic string
	Foreign      bool // the records that are not events

	Records     int // in the log
	Direct      int // handled as they came
	Redriven    int // handled only after they were redriven
	DeadLetters int // never handled
	Skipped     int // by a handler, or because the group has none for the type
	Lost        int // none of all that

	// Duplicates are further successes, which at-least-once allows.
	Duplicates int

	// OutOfOrder were handled before an older record of their key.
	OutOfOrder int
}

// Holds reports whether each record has its fate and its turn.
func (r Row) Holds() bool {
	return r.Records == r.Direct+r.Redriven+r.DeadLetters+r.Skipped && r.Lost == 0 && r.OutOfOrder == 0
}

// Holds reports whether all was seen that should be, every row holds and nothing was
// found.
func (a Account) Holds() bool {
	return len(a.Findings) == 0 && len(a.Unseen) == 0 && !slices.ContainsFunc(a.Rows, func(r Row) bool { return !r.Holds() })
}
