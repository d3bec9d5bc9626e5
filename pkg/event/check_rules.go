package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/rulecost"
)

// refuses asks the rules themselves what they say of one value: it validates a
// message in which nothing but the field at the end of path is set to value, or
// not even that if value is not valid, and looks at no other field's rules. It
// returns the ids of the rules that are broken, none if the value is accepted.
func (r *Registry) refuses(value protoreflect.Value, path ...protoreflect.FieldDescriptor) ([]string, error) {
	// A linked message serves as well as a dynamic one: nothing but descriptors
	// and reflection is used.
	for _, fd := range path {
		if err := r.judge(fd.ContainingMessage()); err != nil {
			return nil, err
		}
	}
	root := newMessage(path[0].ContainingMessage()).ProtoReflect()
	at, last := root, path[len(path)-1]
	for _, fd := range path[:len(path)-1] {
		at = at.Mutable(fd).Message()
	}
	if value.IsValid() {
		at.Set(last, value)
	}
	return r.broken(root, path...)
}

// broken are the ids of the rules that a message breaks of the fields of a path, and of
// no others.
func (r *Registry) broken(root protoreflect.Message, path ...protoreflect.FieldDescriptor) ([]string, error) {
	// Without the filter every other field of an otherwise empty message would
	// break its own rules.
	onPath := protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
		return slices.ContainsFunc(path, func(fd protoreflect.FieldDescriptor) bool { return fd.FullName() == d.FullName() })
	})
	err := r.validator.Validate(root.Interface(), protovalidate.WithFilter(onPath))
	var bad *protovalidate.ValidationError
	switch {
	case err == nil:
		return nil, nil
	case !errors.As(err, &bad):
		return nil, err
	}
	var ids []string
	for _, v := range bad.Violations {
		ids = append(ids, v.Proto.GetRuleId())
	}
	return ids, nil
}

// errDear is a rule that is not evaluated because of what it costs; the checker reports
// it by itself.
var errDear = errors.New("a rule costs too much")

// judge is an error if rules of a message may not be evaluated.
func (r *Registry) judge(m protoreflect.MessageDescriptor) error {
	dear, err := r.dear(m)
	if len(dear) > 0 {
		return errDear
	}
	return err
}

// dear are the rules of a message that cost too much. Each message is judged once.
func (r *Registry) dear(m protoreflect.MessageDescriptor) ([]rulecost.Rule, error) {
	judged, _ := r.judged.LoadOrStore(m, sync.OnceValues(func() ([]rulecost.Rule, error) {
		return rulecost.Dear(m, r.ruleTypes)
	}))
	return judged.(func() ([]rulecost.Rule, error))()
}

// filled reports whether a message that its rules accept always has a value,
// and not the empty one, in fd.
func (r *Registry) filled(fd protoreflect.FieldDescriptor) bool {
	broken, err := r.refuses(protoreflect.Value{}, fd)
	return err == nil && len(broken) > 0
}

// compile reports rules of m, or of a message in it, that are themselves wrong:
// those of a message that several events contain once, at the first of them.
func (c *checker) compile(m protoreflect.MessageDescriptor) {
	for _, part := range sortedMessages(m) {
		err, known := c.compiled[part]
		if !known {
			err = c.compilePart(m, part)
			if wide := c.registry.asReaders(part); err == nil && wide != part {
				err = c.compilePart(m, wide)
			}
			c.compiled[part] = err
		}
		if err != nil {
			c.blame(m, err)
		}
	}
}

// compilePart reports rules of a message in the event m that do not compile, or cost
// too much. Validating an empty message compiles them. It evaluates them too, and so
// what costs too much comes first: nothing would end its evaluation.
func (c *checker) compilePart(m, part protoreflect.MessageDescriptor) error {
	if dear, _ := c.registry.dear(part); len(dear) > 0 {
		return c.dear(m, part)
	}
	var wrong *protovalidate.CompilationError
	err := c.registry.validator.Validate(newMessage(part))
	if !errors.As(err, &wrong) {
		return errors.Join(c.dear(m, part), c.clocked(m, part))
	}
	// The text of the expression compiler has several lines.
	text := strings.Join(strings.Fields(err.Error()), " ")
	return c.report(m, string(m.Name()), fmt.Sprintf("the buf.validate rules of %s do not compile: %s", part.FullName(), text), "correct the rule")
}

// dear reports rules of a message in the event m that cost more than a payload is
// long: nothing would end their evaluation.
func (c *checker) dear(m, part protoreflect.MessageDescriptor) error {
	rules, err := c.registry.dear(part)
	if err != nil {
		text := strings.Join(strings.Fields(err.Error()), " ")
		return c.report(m, string(m.Name()), fmt.Sprintf("what the buf.validate rules of %s cost cannot be told: %s", part.FullName(), text), "correct the rule")
	}
	return c.reportRules(m, part, rules,
		"costs more than the payload is long: it looks at all of one part for each element or character of another",
		"look at each part once, as in this.items.map(x, x.id).unique(), or check it in the handler")
}

// clocked reports rules of a message in the event m that depend on the time of the
// validation: a record that was accepted would be a dead letter when it is read again.
func (c *checker) clocked(m, part protoreflect.MessageDescriptor) error {
	rules, err := rulecost.Clocked(part, c.registry.ruleTypes)
	if err != nil {
		return nil //nolint:nilerr // dear has told of rules that cannot be read
	}
	return c.reportRules(m, part, rules,
		"depends on the time at which it is asked: a record that it accepts today it may refuse when the record is read again",
		"compare with another field of the event, such as the time at which it happened, or check it before publishing")
}

// reportRules reports rules of a message in the event m that have one fault.
func (c *checker) reportRules(m, part protoreflect.MessageDescriptor, rules []rulecost.Rule, fault, fix string) error {
	var errs []error
	for _, r := range rules {
		of := string(part.FullName())
		if r.Field != nil {
			of = string(r.Field.FullName())
		}
		name := r.ID
		if name == "" {
			name = r.Expression
		}
		errs = append(errs, c.report(m, string(m.Name()), fmt.Sprintf("rule %.60q of %s %s", name, of, fault), fix))
	}
	return errors.Join(errs...)
}
