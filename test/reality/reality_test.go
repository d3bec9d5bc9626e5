package reality_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/validator"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Many more edits are tried with -edits=100000 -seed=N.
var (
	edited = flag.Int("edits", 10_000, "changes of contracts that are judged")
	seed   = flag.Uint64("seed", 301, "where the random contracts begin")
)

// chain is how many changes of one contract are judged.
const chain = 60

// Random contracts are edited at random. Whatever the old side writes the new one reads
// (B), and the other way round (F): what the gate says of it has to be what happens. A
// change that breaks and is said to be compatible would let it pass; one that is said to
// break and does not is counted, by rule.
func TestTheGateSaysWhatReadersDo(t *testing.T) {
	t.Parallel()
	n := *edited
	if testing.Short() {
		n = min(n, 500)
	}
	total := newTally()
	start := time.Now()
	workers := runtime.GOMAXPROCS(0)
	t.Run("chains", func(t *testing.T) {
		for w := range workers {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				for i := w; i*chain < n && total.failures() < 5; i += workers {
					walk(t, uint64(i), total)
				}
			})
		}
	})
	t.Logf("in %s:\n%s", time.Since(start).Round(time.Second), total)
}

// walk edits one contract again and again. Each state is compared with the last three: some
// faults take two edits, such as a rule inside of what is ignored by then.
func walk(t *testing.T, number uint64, total *tally) {
	c := chooser{rand.New(rand.NewPCG(*seed, number))}
	v, err := validator.New(protoregistry.GlobalTypes)
	if err != nil {
		t.Error(err)
		return
	}
	var states []*side
	for len(states) == 0 {
		if s, err := build(c.contract()); err == nil && writable(c, v, s) {
			states = append(states, s)
		}
	}
	names := []string{"the first"}
	for step := 0; step < chain; {
		after, name := successor(c, v, states[len(states)-1].contract, total)
		if after == nil {
			return
		}
		states, names = append(states, after), append(names, name)
		for back := 2; back <= min(4, len(states)); back++ {
			before := states[len(states)-back]
			total.count("changes")
			step++
			findings := compat.Compare(before.state, after.state, compat.Options{Now: today})
			for _, w := range []way{{compat.Backward, before, after, false}, {compat.Forward, after, before, true}} {
				j := judged{way: w, chooser: c, edit: strings.Join(names[len(names)-back+1:], ", then "), place: fmt.Sprintf("chain %d, change %d", number, step)}
				j.judge(t, v, findings, total)
			}
		}
	}
}

// successor is a sound contract with one edit more; nil if none is found.
func successor(c chooser, v *validator.Validator, k *contract, total *tally) (*side, string) {
	for range 200 {
		next, name := c.edited(k)
		switch s, err := build(next); {
		case err != nil:
			total.count("unsound, and tried again")
		case c.IntN(50) > 0 && !writable(c, v, s):
			total.count("without a valid event, and tried again")
		default:
			return s, name
		}
	}
	return nil, ""
}

// writable reports whether an event of a contract is found that may be written.
func writable(c chooser, v *validator.Validator, s *side) bool {
	p := newProber(c, v, s.contract, s.contract)
	for i := range 16 {
		if m := p.random(s.of.Descriptor, 0, i%2 == 0); m != nil {
			if _, err := s.registry.Encode(background, m, event.WithSource("/reality"), event.WithID(eventID)); err == nil {
				return true
			}
		}
	}
	return false
}

var today = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// way is one direction: who writes and who reads.
type way struct {
	promise        compat.Promise
	writer, reader *side
	forward        bool
}

// judged is one direction of one edit.
type judged struct {
	way
	chooser
	edit, place string
}

func (j judged) judge(t *testing.T, v *validator.Validator, findings []compat.Finding, total *tally) {
	var said []compat.Finding
	for _, f := range findings {
		if f.Promise == j.promise || f.Promise == compat.Both {
			said = append(said, f)
		}
	}
	p := newProber(j.chooser, v, j.writer.contract, j.reader.contract)
	written := 0
	broken := ""
	try := func(m protoreflect.Message) bool {
		ok, why := j.breaks(m)
		if ok {
			written++
		}
		if why != "" && broken == "" {
			broken = why
		}
		return why != ""
	}
	md := j.writer.of.Descriptor
	var base protoreflect.Message
	for i := range 12 {
		if m := p.random(md, 0, i%2 == 0); m != nil {
			if ok, _ := j.breaks(m); ok {
				base = m
			}
			if try(m) {
				break
			}
		}
	}
	if base != nil && broken == "" {
		for _, m := range p.swept(base, 0) {
			if try(m) {
				break
			}
		}
	}
	shown := false
	for _, f := range said {
		if base == nil || f.Evidence == nil {
			continue
		}
		m := dynamicpb.NewMessage(md)
		if !place(m, base, f.Evidence, j.forward) {
			total.count("evidence has no place: " + f.Rule)
			continue
		}
		ok, why := j.breaks(m)
		switch {
		case why != "":
			shown = true
			total.count("evidence breaks")
		case !ok:
			total.count("evidence that the rules around it keep from being written")
		case f.Rule == compat.DefaultChanged && f.Promise != compat.Forward: // see unshown
			total.count("evidence that our writers do not write")
		case inEmpty(j.reader.of.Descriptor, f.Evidence):
			total.count("evidence in an element with nothing else in it, at which readers do not look")
		default: // the finding is true of another event than the one that was made
			total.count("evidence that is understood: " + f.Rule)
		}
	}
	direction := string(j.promise)
	switch {
	case written == 0 && !shown:
		total.count(direction + " nothing can be written")
	case broken != "" && len(said) == 0:
		total.fail()
		t.Errorf("%s (%s): %s is said to be kept, and %s\nwriter: %s\nreader: %s", j.place, j.edit, direction, broken, text(j.writer), text(j.reader))
	case len(said) == 0:
		total.count(direction + " compatible, and said so")
	case broken != "" || shown:
		total.count(direction + " breaking, and said so")
	default:
		total.count(direction + " breaking, and no record shows it: " + unshownOf(t, said))
		if *verbose != "" && strings.Contains(rulesOf(said), *verbose) {
			t.Logf("%s (%s): %s: %+v\nwriter: %s\nreader: %s", j.place, j.edit, direction, said, text(j.writer), text(j.reader))
		}
	}
}

var verbose = flag.String("show", "", "print the edits of this rule of which no record shows that they break")

// breaks writes a message as a producer does, and reads it as a consumer of the other side.
// It reports whether it may be written, and what became of it: "" if it is understood.
func (j judged) breaks(m protoreflect.Message) (written bool, why string) {
	rec, err := j.writer.registry.Encode(background, m.Interface(), event.WithSource("/reality"), event.WithID(eventID))
	if err != nil {
		return false, ""
	}
	show := func(what string) string {
		payload, _ := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Interface())
		return fmt.Sprintf("%s\n  record: %s", what, payload)
	}
	_, own, err := j.writer.registry.Decode(rec)
	if err != nil {
		return true, show(fmt.Sprintf("its own reader does not read it: %v", err))
	}
	_, other, err := j.reader.registry.Decode(rec)
	if err != nil {
		return true, show(fmt.Sprintf("it is refused: %v", err))
	}
	if d := compat.Misread(own.ProtoReflect(), other.ProtoReflect(), j.forward); d != "" {
		return true, show("it is understood otherwise: " + d)
	}
	return true, ""
}

// inEmpty reports whether evidence is in an element of a list or map whose readers do not
// look at elements with nothing set: it tells only where the element has something else.
func inEmpty(m protoreflect.MessageDescriptor, e *compat.Evidence) bool {
	for _, g := range e.Given {
		at := m
		for _, name := range g.Path {
			if at == nil || at.Fields().ByName(name) == nil {
				break
			}
			fd := at.Fields().ByName(name)
			rules := descriptor.ReaderRules(fd)
			for _, r := range []*validate.FieldRules{rules.GetRepeated().GetItems(), rules.GetMap().GetValues()} {
				if r.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE {
					return true
				}
			}
			at = descriptor.Part(fd)
		}
	}
	return false
}

// place copies base into m and puts the evidence's value where its path leads.
func place(m, base protoreflect.Message, e *compat.Evidence, forward bool) bool {
	proto.Merge(m.Interface(), base.Interface())
	return e.Put(m, forward)
}

// unshown is why no record may show what a rule is about: false alarms by class, none of
// which is a guess about values.
var unshown = map[string]string{
	compat.FieldNotReserved:      "a later field may take its name or number",
	compat.FieldRenumbered:       "our records are JSON, and numbers are for binary and generated code",
	compat.TopicFormatChanged:    "our readers take every format, and others one",
	compat.ConstraintUndecidable: "a rule is known by its text alone, and nothing is guessed",
	compat.DefaultChanged:        "our writers always write what has a default",
	compat.ConstraintTightened:   "rules around it",
	compat.ConstraintRelaxed:     "rules around it",
	compat.RequiredAdded:         "rules around it",
	compat.RequiredRemoved:       "rules around it",
	compat.PresenceChanged:       "rules around it",
	compat.EnumValueAdded:        "rules around it",
	compat.OneofMemberAdded:      "rules around it",
	compat.OneofChanged:          "rules around it",
	compat.EnumValueRemoved:      "rules around it",
	compat.EnumValueRenumbered:   "rules around it",
	compat.FieldTypeChanged:      "JSON writes both types alike, and binary, generated code and names of types tell them apart",
	compat.FieldReused:           "a record under the old name or number is ignored, or of an older state",
}

// unshownOf is the first class of findings that no record shows. The last class is of
// values that their field accepts, and of which no record is found: the message around
// requires itself without an end, or its own rules exclude them.
func unshownOf(t *testing.T, fs []compat.Finding) string {
	var out []string
	for _, f := range fs {
		why, ok := unshown[f.Rule]
		if !ok {
			t.Errorf("%s is reported, and no record shows it: %+v", f.Rule, f)
		}
		out = append(out, why)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

func rulesOf(fs []compat.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// text is a contract for people, a field on a line.
func text(s *side) string {
	var b strings.Builder
	show := func(name string, m proto.Message) {
		if m.ProtoReflect().IsValid() {
			fmt.Fprintf(&b, " %s{%s}", name, prototext.MarshalOptions{}.Format(m))
		}
	}
	show("event", s.event)
	show("topic", s.topic)
	fmt.Fprintf(&b, "\n  %s enum %v closed %t\n", s.syntax, s.enum, s.closed)
	for _, m := range s.reached() {
		fmt.Fprintf(&b, "  message %s %+v", m.name, m.oneofs)
		show("rules", m.rules)
		b.WriteString("\n")
		for _, f := range m.fields {
			fmt.Fprintf(&b, "    %s %s%s %s = %d %s json:%q must:%t preset:%q", [...]string{"", "optional", "repeated", "map"}[f.card], f.kind.typ, f.kind.name, f.name, f.number, f.oneof, f.json, f.must, f.preset)
			show("rules", f.rules)
			show("own", f.own)
			b.WriteString("\n")
		}
	}
	return b.String()
}

// tally counts what happened.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	failed int
}

func newTally() *tally { return &tally{counts: map[string]int{}} }

func (t *tally) count(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what]++
}

func (t *tally) fail() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed++
	t.counts["said to be compatible, and breaks"]++
}

func (t *tally) failures() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(&b, "%7d  %s\n", t.counts[what], what)
	}
	return b.String()
}

var background = context.Background()

const eventID = "00000000-0000-4000-8000-000000000000"
