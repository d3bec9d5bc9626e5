package payloadjson

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// maxDepth is how many levels a payload may have: package event's readers, which have
// this limit too, would refuse more.
const maxDepth = 64

// maxRecursion is protojson's limit, which counts the messages of a Value or an Any beside
// the levels of JSON.
const maxRecursion = 16 * maxDepth

// Mistake is one thing in a payload that does not fit the contract.
type Mistake struct {
	Path    string // such as lines[2].sku; "" for the payload itself
	Problem string // what is wrong, and what to write
}

func (m Mistake) String() string {
	if m.Path == "" {
		return m.Problem
	}
	return m.Path + ": " + m.Problem
}

// Mistakes is the error of a payload that does not fit: all that is wrong with it, in
// the order of its text.
type Mistakes []Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// Payload is a payload that fits its contract's shape.
type Payload struct {
	Message *dynamicpb.Message
	given   []protoreflect.FieldDescriptor // what the text has, null and zero values too
}

// Read reads the JSON object of a payload. types resolves what it names by its text: the
// messages in an Any, and extensions. Its error is of type Mistakes.
func Read(d protoreflect.MessageDescriptor, types event.Resolver, raw []byte) (Payload, error) {
	n, err := parse(raw, maxDepth)
	if err != nil {
		return Payload{}, Mistakes{{"", "it is not JSON: " + err.Error()}}
	}
	if n.kind != '{' {
		return Payload{}, Mistakes{{"", "give an object, {…}, not " + n.what()}}
	}
	c := checker{root: d, types: types, hidden: hides(d)}
	c.message(d, n, "")
	if len(c.mistakes) > 0 {
		return Payload{}, c.mistakes
	}
	p := Payload{Message: dynamicpb.NewMessage(d)}
	// What is required in proto2 may come from an example; who writes the event asks.
	if err := (protojson.UnmarshalOptions{RecursionLimit: maxRecursion, AllowPartial: true, Resolver: types}).Unmarshal(raw, p.Message); err != nil {
		// Nothing above found it. The library's text may quote values.
		return Payload{}, Mistakes{{"", "protobuf does not take it as the JSON of " + string(d.FullName())}}
	}
	for _, m := range n.members {
		p.given = append(p.given, c.fieldOf(d, m.name))
	}
	return p, nil
}

// hides reports whether no value of a payload is quoted: one that stands in a wrong field may
// be meant for one that is personal or secret.
func hides(d protoreflect.MessageDescriptor) bool { return descriptor.Reaches(d, descriptor.Sensitive) }

// Over gives another event of the contract, such as an example, the fields that the
// payload has. One that is null is taken away.
func (p Payload) Over(other protoreflect.Message) {
	for _, fd := range p.given {
		if p.Message.Has(fd) {
			other.Set(fd, p.Message.Get(fd))
		} else {
			other.Clear(fd)
		}
	}
}

// fieldOf is the field, or the extension, that a member of JSON means; nil if the
// contract has none.
func (c *checker) fieldOf(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if !descriptor.IsExtensionName(name) {
		return descriptor.Named(d, name)
	}
	x, err := c.types.FindExtensionByName(protoreflect.FullName(name[1 : len(name)-1]))
	if err != nil || x.TypeDescriptor().ContainingMessage().FullName() != d.FullName() {
		return nil
	}
	return x.TypeDescriptor()
}

// nameOf is a field as the contract spells it.
func nameOf(fd protoreflect.FieldDescriptor) string {
	if fd.IsExtension() {
		return "[" + string(fd.FullName()) + "]"
	}
	return fd.TextName()
}

// takes asks protojson about one value of a field alone.
func (c *checker) takes(fd protoreflect.FieldDescriptor, value []byte) bool {
	text := fmt.Sprintf(`{%q: %s}`, nameOf(fd), value)
	return (protojson.UnmarshalOptions{RecursionLimit: maxRecursion, AllowPartial: true, Resolver: c.types}).Unmarshal([]byte(text), dynamicpb.NewMessage(fd.ContainingMessage())) == nil
}
