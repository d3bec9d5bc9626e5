package deadletter

import (
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
	// failure of the same record.
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
	source  Source
	options PlanOptions
	first   map[failed]*Step // the first dead letter of each failure
}

// failed is one failure of one record. The id alone may be forged: a stranger could
// write a letter with the id of a failure to come, and the real one would be left out.
type failed struct {
	id     ID
	record digest
}

// Step is one dead letter of a plan.
type Step struct {
	Letter  Letter
	To      string // the target topic; empty if it is not sent anywhere
	Outcome Outcome
	Why     Why // empty if it is planned
}

func (s *Step) decide(outcome Outcome, why Why) { s.Outcome, s.Why = outcome, why }

// NewPlan is an empty plan for the dead-letter topic of a source.
func NewPlan(source Source, options PlanOptions) *Plan {
	return &Plan{source: source, options: options, first: map[failed]*Step{}}
}

// To is the topic that dead letters are sent to.
func (p *Plan) To() string {
	if p.options.ToSource {
		return p.source.Topic
	}
	return event.RedriveTopic(p.source.Topic, p.source.Group)
}

// Add decides about a dead letter, as Read has read it from rec. The step may change
// until the plan has seen what the target holds.
func (p *Plan) Add(l Letter, rec event.Record) *Step {
	l = l.of(p.source)
	s := &Step{Letter: l, Outcome: Planned}
	if l.Foreign != "" {
		// Nothing that it says counts. Its id may be that of a real dead letter,
		// which it must not displace.
		s.decide(Refused, WhyForeign)
		return s
	}
	this := failed{l.ID, digestOf(rec)}
	if first := p.first[this]; first != nil && first.Outcome == Planned {
		// A group that ended between writing a dead letter and committing wrote
		// it again.
		s.decide(LeftOut, WhyRepeated)
		return s
	}
	p.first[this] = s
	if l.Redriven >= MaxRedrives && !p.options.Force {
		s.decide(Refused, WhyTooOften)
		return s
	}
	s.To = p.To()
	return s
}

// Sends says whether something is planned.
func (p *Plan) Sends() bool {
	for _, s := range p.first {
		if s.Outcome == Planned {
			return true
		}
	}
	return false
}

// Compares says whether the plan leaves out what its target holds, and has to
// see it. A source topic is not compared: it may be long, and redriven records
// are not told from others there.
func (p *Plan) Compares() bool { return !p.options.Again && !p.options.ToSource }

// Holds leaves out the dead letter that a record of the target topic was made of: one
// with its id and its bytes. A record that does not name the plan's topic and group has
// not been redriven: the group skips it.
func (p *Plan) Holds(rec event.Record) {
	if !p.Compares() || rec.Topic != p.To() || !RedrivenTo(rec.Headers, p.source.Topic, p.source.Group) {
		return
	}
	if id, ok := ParseID(Text(rec.Headers, HeaderRedriveOf)); ok {
		if s := p.first[failed{id, digestOf(rec)}]; s != nil && s.Outcome == Planned {
			s.decide(LeftOut, WhySent)
		}
	}
}
