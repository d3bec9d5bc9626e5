package deadletter

import (
	"maps"
	"slices"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// MaxRedrives is how often an event may be redriven unless it is forced: one
// that failed as often will fail again.
const MaxRedrives = 3

// Outcome is what becomes of a dead letter in a redrive.
type Outcome string

// A plan gives each dead letter one of the first three; who carries the plan
// out gives those that are planned one of the others.
const (
	Planned Outcome = "planned"  // it would be redriven
	LeftOut Outcome = "left_out" // it has been redriven, or another one tells of the same failure
	Refused Outcome = "refused"  // it must not be redriven

	Redriven Outcome = "redriven" // acknowledged
	Failed   Outcome = "failed"   // not acknowledged: it may have been sent all the same
	NotSent  Outcome = "not_sent" // the run ended before its turn
)

// PlanOptions say what is redriven beyond what is safe.
type PlanOptions struct {
	Force    bool // also what was redriven MaxRedrives times or more
	Again    bool // also what the redrive topic holds already
	ToSource bool // to the source topic, which every group reads, instead of the redrive topic
}

// Why says why a dead letter is not redriven.
type Why string

const (
	// WhyForeign: it is not a dead letter of its topic's group; Letter.Foreign
	// says more.
	WhyForeign Why = "foreign"
	// WhyRepeated: a dead letter before it in the topic tells of the same
	// failure.
	WhyRepeated Why = "repeated"
	// WhyTooOften: it was redriven MaxRedrives times or more. PlanOptions.Force
	// plans it.
	WhyTooOften Why = "too_often"
	// WhySent: the redrive topic holds it already. PlanOptions.Again plans it.
	WhySent Why = "sent"
)

// Plan decides about the dead letters of one topic which of them are redriven,
// and where to. It is fed in two passes: [Plan.Add] for each dead letter, in
// the topic's order, and then [Plan.Holds] for each record of the target
// topics, if [Plan.Compares] says so. A Plan is for one goroutine.
type Plan struct {
	options PlanOptions
	first   map[ID]*Step // the first dead letter of each failure
}

// Step is one dead letter of a plan.
type Step struct {
	Letter  Letter
	To      string // the target topic; empty if it is not sent anywhere
	Outcome Outcome
	Why     Why // empty if it is planned
}

func (s *Step) decide(outcome Outcome, why Why) { s.Outcome, s.Why = outcome, why }

// NewPlan is an empty plan.
func NewPlan(options PlanOptions) *Plan {
	return &Plan{options: options, first: map[ID]*Step{}}
}

// Add decides about a dead letter, as Read has read it. The step may change until
// the plan has seen what the target holds.
func (p *Plan) Add(l Letter) *Step {
	s := &Step{Letter: l, Outcome: Planned}
	if l.Foreign != "" {
		// Nothing that it says counts. Its id may be that of a real dead letter,
		// which it must not displace.
		s.decide(Refused, WhyForeign)
		return s
	}
	if p.first[l.ID] != nil {
		// A group that ended between writing a dead letter and committing wrote
		// it again.
		s.decide(LeftOut, WhyRepeated)
		return s
	}
	p.first[l.ID] = s
	switch {
	case l.Redriven >= MaxRedrives && !p.options.Force:
		s.decide(Refused, WhyTooOften)
	case p.options.ToSource:
		s.To = l.Topic
	default:
		s.To = event.RedriveTopic(l.Topic, l.Group)
	}
	return s
}

// Targets are the topics that something would be sent to, ordered by name.
func (p *Plan) Targets() []string {
	targets := map[string]bool{}
	for _, s := range p.first {
		if s.To != "" {
			targets[s.To] = true
		}
	}
	return slices.Sorted(maps.Keys(targets))
}

// Compares says whether the plan leaves out what its target holds, and has to
// see it. A source topic is not compared: it may be long, and redriven records
// are not told from others there.
func (p *Plan) Compares() bool { return !p.options.Again && !p.options.ToSource }

// Holds leaves out the dead letter that a record of a target topic was made of.
// A record that does not name a topic and a group with this redrive topic has
// not been redriven: the group skips it.
func (p *Plan) Holds(rec event.Record) {
	topic, group := text(rec.Headers, HeaderRedriveTopic), text(rec.Headers, HeaderRedriveGroup)
	if !p.Compares() || event.RedriveTopic(topic, group) != rec.Topic {
		return
	}
	if id, ok := ParseID(text(rec.Headers, HeaderRedriveOf)); ok {
		if s := p.first[id]; s != nil && s.To == rec.Topic {
			s.decide(LeftOut, WhySent)
		}
	}
}
