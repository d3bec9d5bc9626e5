package event

import (
	"fmt"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

const contradiction = "EVENT_CONSTRAINT_CONTRADICTION"

// accept checks that a field's readers accept whatever its writers may write. It has to
// be proved: readers are asked about nothing that the field's own rules accept.
func (c *checker) accept(fd protoreflect.FieldDescriptor) {
	bad := func(problem, fix string) {
		c.addAs(contradiction, fd, string(fd.ContainingMessage().Name()), fmt.Sprintf("field %q: accept %s", fd.Name(), problem), fix)
	}
	wide := c.registry.asReaders(fd.ContainingMessage()).Fields().ByNumber(fd.Number())
	for _, m := range []protoreflect.MessageDescriptor{fd.ContainingMessage(), wide.ContainingMessage()} {
		if c.registry.judge(m) != nil {
			return // a rule that costs too much is reported, and not evaluated
		}
	}
	const wider = "make accept at least as wide as the field's own rules"
	own, accept := descriptor.Rules(fd), descriptor.Rules(wide)
	if ignored(fd, own) > ignored(wide, accept) {
		bad("looks into messages that the field's own rules ignore", "give accept the same ignore")
		return
	}
	if c.registry.refusedByReaders(fd, wide, nil) {
		bad("refuses records without the field, which its own rules accept", wider)
		return
	}
	set := func(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) *valueset.Set {
		return valueset.Of(valueset.Rules{Field: fd, Rules: rules, ZeroIsUnset: descriptor.InMessageOneof(fd), Types: c.registry.ruleTypes})
	}
	for _, g := range set(fd, own).Within(set(wide, accept)) {
		refused := false
		for _, v := range g.Values {
			if refused = c.registry.refusedByReaders(fd, wide, &v); refused {
				bad(fmt.Sprintf("demands %s (%s), and the field's own rules do not: readers would refuse %s", g.Wants, g.Rule, v.Words(fd)), wider)
				break
			}
		}
		if !refused && !g.All {
			bad(fmt.Sprintf("demands %s (%s), and that whatever the field's own rules accept does so cannot be proved", g.Wants, g.Rule),
				"leave that rule out of accept, or have it in both to the letter")
		}
	}
}

// refusedByReaders reports whether the rules of a field accept a value, or its absence if
// v is nil, that those of its readers refuse. Rules that do not compile say nothing.
func (r *Registry) refusedByReaders(fd, wide protoreflect.FieldDescriptor, v *valueset.Value) bool {
	broken := func(fd protoreflect.FieldDescriptor) (int, error) {
		m := newMessage(fd.ContainingMessage()).ProtoReflect()
		if v != nil {
			v.Put(m, fd)
		}
		ids, err := r.broken(m, fd)
		return len(ids), err
	}
	own, err := broken(fd)
	if err != nil || own > 0 {
		return false
	}
	readers, err := broken(wide)
	return err == nil && readers > 0
}

// ignored is how much of the messages in a field its rules leave out: nothing, those that
// are empty, or all.
func ignored(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) int {
	if descriptor.Part(fd) == nil {
		return 0
	}
	most := 0
	for _, r := range []*validate.FieldRules{rules, rules.GetRepeated().GetItems(), rules.GetMap().GetValues()} {
		switch r.GetIgnore() {
		case validate.Ignore_IGNORE_ALWAYS:
			most = 2
		case validate.Ignore_IGNORE_IF_ZERO_VALUE:
			most = max(most, 1)
		}
	}
	return most
}
