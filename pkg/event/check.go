package event

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// maxType is the longest wire type, in bytes: it is repeated in every record.
const maxType = 200

// checker reads contracts into a registry and collects what is wrong. One
// mistake is one problem: what follows from a problem that is reported is held
// against the events that it concerns, and not reported again.
type checker struct {
	registry *Registry
	topics   map[string]error                         // what is wrong with each topic, by name
	nameless map[string]error                         // of topics without a name, by the file that declares them
	declared map[string]declaration                   // topics, by name
	compiled map[protoreflect.MessageDescriptor]error // of messages whose rules were compiled; nil for sound ones
	named    map[protoreflect.FullName]error          // of messages whose names were looked at; nil for sound ones
	files    linkable
	unsound  []*Contract // events that are not in the registry
	errs     []error
}

func newChecker(r *Registry) *checker {
	return &checker{
		registry: r, topics: map[string]error{}, nameless: map[string]error{},
		declared: map[string]declaration{}, compiled: map[protoreflect.MessageDescriptor]error{},
		named: map[protoreflect.FullName]error{}, files: linkable{},
	}
}

// The parts of a checker are in files of their own, by what they check:
// check_topic.go, check_link.go, check_key.go, check_field.go, check_accept.go,
// check_rules.go, check_major.go.
// They never stop at a problem, so that an author sees all of them at once, and
// they see half-read contracts: a contract without a topic still has a key to
// check.

// add reports a problem and holds it against the message that d is or is in:
// the message can then be neither published nor handled as an event.
func (c *checker) add(d protoreflect.Descriptor, event, problem, fix string) {
	c.addAs("", d, event, problem, fix)
}

// addAs is add for a problem that the compatibility gate has a rule for.
func (c *checker) addAs(rule string, d protoreflect.Descriptor, event, problem, fix string) {
	e := c.report(d, event, problem, fix)
	e.Rule = rule
	if _, ok := d.(protoreflect.MessageDescriptor); !ok {
		d = d.Parent()
	}
	c.blame(d, e)
}

// blame holds a problem that has been reported against a message.
func (c *checker) blame(d protoreflect.Descriptor, err error) {
	c.registry.problems[d.FullName()] = errors.Join(c.registry.problems[d.FullName()], err)
}

// report reports a problem, at d's line, and holds it against nobody.
func (c *checker) report(d protoreflect.Descriptor, event, problem, fix string) *ContractError {
	return c.reportAt(d.ParentFile(), descriptor.Line(d), event, problem, fix)
}

func (c *checker) reportAt(f protoreflect.FileDescriptor, line int, event, problem, fix string) *ContractError {
	e := &ContractError{File: f.Path(), Line: line, Event: event, Problem: problem, Fix: fix}
	c.errs = append(c.errs, e)
	return e
}

func (c *checker) readEvents(f protoreflect.FileDescriptor) {
	msgs := f.Messages()
	for i := range msgs.Len() {
		c.readMessage(msgs.Get(i))
	}
}

// readMessage makes m's contract, if it is an event, and puts it into the
// registry, if it is sound.
func (c *checker) readMessage(m protoreflect.MessageDescriptor) {
	for i := range m.Messages().Len() {
		c.readMessage(m.Messages().Get(i))
	}
	c.checkFieldOptions(m)
	if !descriptor.IsEvent(m) {
		return
	}
	k := c.event(m, descriptor.Event(m))
	if c.registry.problems[m.FullName()] != nil {
		c.unsound = append(c.unsound, k)
		return
	}
	w := wireName{k.Topic.Name, k.Type}
	if twin, _ := c.registry.find(w.topic, w.typ, k.Major); twin != nil {
		c.addAs("EVENT_TYPE_DUPLICATE", m, string(m.Name()),
			fmt.Sprintf("topic %q already has a %s of major %d: %s", w.topic, k.Type, k.Major, twin.Descriptor.FullName()),
			"give one of them another (event).type or the next major's package")
		c.blame(twin.Descriptor, c.errs[len(c.errs)-1]) // neither may win by the order of files
		return
	}
	c.registry.contracts = append(c.registry.contracts, k)
	c.registry.byMessage[m.FullName()] = k
	c.registry.byDescriptor[m] = k
	list := append(c.registry.byWire[w], k)
	slices.SortFunc(list, func(a, b *Contract) int { return a.Major - b.Major })
	c.registry.byWire[w] = list
}

// event reads the options of one event. The result is half-made if it reports a
// problem.
func (c *checker) event(m protoreflect.MessageDescriptor, o *eventcontractsv1.EventOptions) *Contract {
	name := string(m.Name())
	k := &Contract{
		Type: descriptor.WireType(m), Revision: int(o.GetRevision()), KeyPath: o.GetKey(), Unkeyed: o.GetUnkeyed(),
		Owner: o.GetOwner(), Descriptor: m, Options: o,
	}
	if len(k.Type) > maxType || !topicname.Valid(k.Type) {
		c.add(m, name, fmt.Sprintf("type %.60q is not a name for an event on the wire", k.Type), "use 1 to 200 letters, digits, '.', '_' or '-'")
	}
	var ok bool
	if k.Major, ok = descriptor.Major(m.ParentFile().Package()); !ok {
		c.add(m, name, fmt.Sprintf("package %q does not end in a major version", m.ParentFile().Package()), `end it in ".v1"`)
	}
	// It is a uint32 in the options, and nine digits at most on the wire.
	if o.GetRevision() > 1_000_000 {
		c.add(m, name, fmt.Sprintf("revision %d is out of range", o.GetRevision()), "count from 0, one for each change")
	}
	if o.GetOwner() == "" {
		c.add(m, name, "no owner", "name the team that answers for it in (event).owner")
	}
	if k.Topic, ok = c.registry.topics[o.GetTopic()]; !ok {
		c.undeclared(m, o.GetTopic())
	} else {
		c.checkLinked(m, k.Topic)
	}
	if err := c.topics[o.GetTopic()]; err != nil {
		c.blame(m, err)
	}
	c.versioning(m, o)
	c.key(m, k)
	c.reservedFields(m, name)
	c.checkNames(m, name)
	c.compile(m)
	k.version = strconv.Itoa(k.Major) + "." + strconv.Itoa(k.Revision)
	k.sensitive = descriptor.ReachesSensitive(m)
	k.codec = newCodec(m, c.registry.validator, c.registry.shapes)
	k.codec.readers = c.registry.readersOf(m)
	return k
}

// versioning checks the options that say how the event changes.
func (c *checker) versioning(m protoreflect.MessageDescriptor, o *eventcontractsv1.EventOptions) {
	name := string(m.Name())
	// Enums of proto3 are open: an image may have numbers that this program's
	// version of the options does not know.
	if eventcontractsv1.Compatibility_name[int32(o.GetCompatibility())] == "" {
		c.add(m, name, fmt.Sprintf("compatibility %d is unknown", o.GetCompatibility()), "use a value of eventcontracts.v1.Compatibility")
	}
	if eventcontractsv1.Conversion_name[int32(o.GetFromPrevious())] == "" {
		c.add(m, name, fmt.Sprintf("from_previous %d is unknown", o.GetFromPrevious()), "use a value of eventcontracts.v1.Conversion")
	}
	d := o.GetDeprecated()
	if d == nil {
		return
	}
	since, err := time.Parse(time.DateOnly, d.GetSince())
	if err != nil {
		c.add(m, name, fmt.Sprintf("deprecated.since %.40q is not a date", d.GetSince()), "write the day of the announcement as YYYY-MM-DD")
	}
	sunset, err := time.Parse(time.DateOnly, d.GetSunset())
	if err != nil {
		c.add(m, name, fmt.Sprintf("deprecated.sunset %.40q is not a date", d.GetSunset()), "write the first day on which it may be removed as YYYY-MM-DD")
	} else if sunset.Before(since) {
		c.add(m, name, fmt.Sprintf("deprecated.sunset %s is before since, %s", d.GetSunset(), d.GetSince()), "give readers time to move")
	}
}

// undeclared says that no file declares an event's topic. A declaration without
// a name, in the event's file or one that it imports, is probably the one.
func (c *checker) undeclared(m protoreflect.MessageDescriptor, topic string) {
	f := m.ParentFile()
	near := []string{f.Path()}
	for i := range f.Imports().Len() {
		near = append(near, f.Imports().Get(i).Path())
	}
	for _, path := range near {
		if err := c.nameless[path]; err != nil && topic != "" {
			c.blame(m, err)
			return
		}
	}
	c.add(m, string(m.Name()), c.noTopic(topic), "declare it once with the file option (eventcontracts.v1.topic) and import that file")
}

// noTopic lists the topics that there are: most often the name is misspelt.
func (c *checker) noTopic(name string) string {
	if name == "" {
		return "no topic"
	}
	var known []string
	for _, t := range c.registry.Topics() {
		known = append(known, t.Name)
	}
	if len(known) == 0 {
		return fmt.Sprintf("topic %.260q is not declared", name)
	}
	return fmt.Sprintf("topic %.260q is not declared (there are: %s)", name, strings.Join(known, ", "))
}

// reservedFields refuses fields that the flat format could not tell from
// metadata, in every format: a topic may change its format, and a field's name
// may not.
func (c *checker) reservedFields(m protoreflect.MessageDescriptor, name string) {
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if slices.Contains(reserved, string(fd.Name())) || slices.Contains(reserved, fd.JSONName()) || slices.Contains(reserved, fd.TextName()) {
			c.add(fd, name, fmt.Sprintf("field %q has the name of a metadata field", fd.Name()), "give it another name")
		}
	}
}
