package deadletter

import (
	"cmp"

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
	Max      int  // how many dead letters it may have; defaults to MaxPlanned
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

// MaxPlanned is how many dead letters a plan may have by default. Each takes up to 200
// bytes (TestAPlanIsSmall), so that a plan fits into 200 MB.
const MaxPlanned = 1_000_000

// Plan decides about the dead letters of one topic which of them are redriven,
// and where to. It is fed in two passes: [Plan.Add] for each dead letter, in
// the topic's order, and then [Plan.Holds] for each record of the target
// topics, if [Plan.Compares] says so. A third pass carries it out: [Plan.Turn] for each
// dead letter. It keeps no record and no header of them. A Plan is for one goroutine.
type Plan struct {
	source  Source
	options PlanOptions
	first   map[failed]*Step // the first dead letter of each failure
	counts  map[Outcome]int  // also of those that first does not have
}

// Position is where a dead letter is in its topic.
type Position struct {
	Partition int32
	Offset    int64
}

// Step is what a plan has decided about one dead letter.
type Step struct {
	At      Position
	To      string // the target topic; empty if it is not sent anywhere
	Outcome Outcome
	Why     Why // empty if it is planned
}

// NewPlan is an empty plan for the dead-letter topic of a source.
func NewPlan(source Source, options PlanOptions) *Plan {
	return &Plan{source: source, options: options, first: map[failed]*Step{}, counts: map[Outcome]int{}}
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
func (p *Plan) Add(l Letter, rec event.Record, at Position) *Step {
	s := &Step{At: at}
	if l = l.Of(p.source); l.Foreign != "" {
		// Nothing that it says counts. Its id may be that of a real dead letter,
		// which it must not displace.
		p.decide(s, Refused, WhyForeign)
		return s
	}
	this := failureOf(l.ID, rec)
	if first := p.first[this]; first != nil && first.Outcome == Planned {
		// A group that ended between writing a dead letter and committing wrote
		// it again.
		p.decide(s, LeftOut, WhyRepeated)
		return s
	}
	p.first[this] = s
	if l.Redriven >= MaxRedrives && !p.options.Force {
		p.decide(s, Refused, WhyTooOften)
		return s
	}
	s.To = p.To()
	p.decide(s, Planned, "")
	return s
}

func (p *Plan) decide(s *Step, outcome Outcome, why Why) {
	if s.Outcome != "" {
		p.counts[s.Outcome]--
	}
	p.counts[outcome]++
	s.Outcome, s.Why = outcome, why
}

// Count is the number of dead letters with an outcome.
func (p *Plan) Count(outcome Outcome) int { return p.counts[outcome] }

// TooLong says that the plan has more dead letters than it may have. Those that are not of
// its topic and group, or repeat another one, take no memory and do not count.
func (p *Plan) TooLong() bool { return len(p.first) > cmp.Or(p.options.Max, MaxPlanned) }

// Sends says whether something is planned.
func (p *Plan) Sends() bool { return p.Count(Planned) > 0 }

// Begin makes each planned dead letter one that is not sent, which it is until its turn.
func (p *Plan) Begin() {
	for _, s := range p.first {
		if s.Outcome == Planned {
			p.decide(s, NotSent, "")
		}
	}
}

// Turn is the step of a dead letter that is to be sent now, or nil.
func (p *Plan) Turn(l Letter, rec event.Record, at Position) *Step {
	if s := p.first[failureOf(l.ID, rec)]; l.Foreign == "" && s != nil && s.At == at && s.Outcome == NotSent {
		return s
	}
	return nil
}

// Done is told what has become of a dead letter whose turn it was.
func (p *Plan) Done(s *Step, outcome Outcome) { p.decide(s, outcome, "") }

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
		if s := p.first[failureOf(id, rec)]; s != nil && s.Outcome == Planned {
			p.decide(s, LeftOut, WhySent)
		}
	}
}
