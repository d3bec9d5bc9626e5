package compat

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Promise is what a finding breaks.
type Promise string

const (
	// Backward is: whatever old writers may have written, today's reader accepts, with
	// the same meaning.
	Backward Promise = "B"
	// Forward is: whatever today's writers may write, every reader that is still
	// deployed accepts.
	Forward Promise = "F"
	// Both of them.
	Both Promise = "B F"
	// Governance is what people rely on beside records: versions, sensitivity.
	Governance Promise = "governance"
	// Operation is what Kafka cannot do, or does to the order of records.
	Operation Promise = "operation"
	// Itself is wrong in one state alone: lint.
	Itself Promise = "lint"
)

// Position is a place in a .proto file. The line is 0 if it is not known.
type Position struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Finding is one thing that a change breaks.
type Finding struct {
	Rule    string   `json:"rule"`
	Promise Promise  `json:"promise"`
	Event   string   `json:"event,omitempty"`   // wire type; "" for a topic
	Version string   `json:"version,omitempty"` // of the event, in the new state if it is there
	Subject string   `json:"subject"`           // what waivers name: "shop.v1.OrderPlaced.note", "topic orders"
	Old     Position `json:"old,omitzero"`
	New     Position `json:"new,omitzero"`
	Breaks  string   `json:"breaks"`
	Fix     string   `json:"fix"`

	// Evidence is a value that shows it; nil if there is none.
	Evidence *Evidence `json:"-"`
}

// at is where a declaration stands; nowhere if it is nil.
func at(d protoreflect.Descriptor) Position {
	if d == nil {
		return Position{}
	}
	return Position{File: d.ParentFile().Path(), Line: descriptor.Line(d)}
}

// sorted are findings in the order of places, and then of rules, without repetitions.
func sorted(fs []Finding) []Finding {
	place := func(f Finding) Position {
		if f.New.File != "" {
			return f.New
		}
		return f.Old
	}
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(place(a).File, place(b).File), cmp.Compare(place(a).Line, place(b).Line),
			cmp.Compare(a.Event, b.Event), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Promise, b.Promise), cmp.Compare(a.Breaks, b.Breaks))
	})
	return slices.CompactFunc(fs, func(a, b Finding) bool {
		a.Evidence, b.Evidence = nil, nil
		return a == b
	})
}
