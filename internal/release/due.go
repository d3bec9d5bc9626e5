package release

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Status is what became of an event since a release.
type Status string

// The values of Status. An event whose comment, owner or topic's retention changed alone
// is as it was.
const (
	Added   Status = "added"
	Changed Status = "changed"
	Removed Status = "removed"
)

// Event is an event that is not as a release has it.
type Event struct {
	Message protoreflect.FullName `json:"message"`
	Type    string                `json:"type"`
	Status  Status                `json:"status"`
	Was     string                `json:"was,omitempty"` // version in the release
	Is      string                `json:"is,omitempty"`  // version now
	// Due is the revision that a changed event must have at least, if it has a lower one;
	// nil if its revision is high enough.
	Due  *uint32         `json:"due,omitempty"`
	File string          `json:"file,omitempty"` // of the event now, for people
	Line int             `json:"line,omitempty"`
	At   compat.Position `json:"-"` // of the event now, as imports name it
}

// Since are the events that changed since a release, by the names of their messages; all
// are new if there is none.
func Since(e *catalog.Examined, last *Release) ([]Event, error) {
	was := map[protoreflect.FullName]compat.Entry{}
	if last != nil {
		c, err := last.Compiled()
		if err != nil {
			return nil, err
		}
		state, err := compat.NewState(c.Files)
		if err != nil {
			return nil, fmt.Errorf("release %s: %w", last.Name, err)
		}
		for _, o := range state.Entries() {
			was[o.Message.FullName()] = o
		}
	}
	var out []Event
	for _, n := range e.State.Entries() {
		name := n.Message.FullName()
		at := compat.Position{File: n.Message.ParentFile().Path(), Line: descriptor.Line(n.Message)}
		ev := Event{Message: name, Type: n.Type, Status: Added, Is: n.Version(), File: e.Path(at.File), Line: at.Line, At: at}
		if o, ok := was[name]; ok {
			delete(was, name)
			ev.Status, ev.Was = Changed, o.Version()
			switch {
			case o.Digest == n.Digest && o.Revision <= n.Revision:
				if o.Revision == n.Revision {
					continue
				}
			case n.Revision <= o.Revision:
				due := o.Revision
				if o.Digest != n.Digest {
					due++
				}
				ev.Due = &due
			}
		}
		out = append(out, ev)
	}
	for name, o := range was {
		out = append(out, Event{Message: name, Type: o.Type, Status: Removed, Was: o.Version()})
	}
	slices.SortFunc(out, func(a, b Event) int { return cmp.Compare(a.Message, b.Message) })
	return out, nil
}
