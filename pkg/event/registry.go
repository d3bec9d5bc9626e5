package event

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/validator"
)

// Registry is a closed set of contracts. It does not change after it is made,
// and is safe for concurrent use.
type Registry struct {
	contracts []*Contract // in the order of files and messages
	topics    map[string]*Topic

	// A message finds its contract by its descriptor and not by its name: a
	// descriptor of the same name from elsewhere may have other fields. The
	// name serves for errors, and for conversions, which know Go types.
	byMessage    map[protoreflect.FullName]*Contract
	byDescriptor map[protoreflect.MessageDescriptor]*Contract
	byWire       map[wireName][]*Contract // a record's way; ascending by major

	convert   map[step]Conversion
	validator *validator.Validator // caches compiled rules; shared by all codecs
	ruleTypes ruleTypes
	readers   *protoregistry.Files // as readers judge; the contracts' own where no field has an accept
	shapes    *shapes              // of all messages, and of what an Any may hold
	problems  map[protoreflect.FullName]error
	judged    sync.Map // what rules cost, by the descriptor of their message
}

// wireName is how a record names its contract, but for the version.
type wireName struct{ topic, typ string }

// NewRegistry reads and checks every contract of files. Its error joins all
// problems, each a *[ContractError]; the registry then holds what is sound.
func NewRegistry(files *protoregistry.Files, conversions ...Conversion) (*Registry, error) {
	types := descriptor.NewTypes(files)
	rules := ruleTypes{types}
	v, err := validator.New(rules)
	if err != nil {
		return nil, fmt.Errorf("start the validator: %w", err)
	}
	readers, err := descriptor.Readers(files)
	if err != nil {
		return nil, err
	}
	r := &Registry{
		topics:       map[string]*Topic{},
		byMessage:    map[protoreflect.FullName]*Contract{},
		byDescriptor: map[protoreflect.MessageDescriptor]*Contract{},
		byWire:       map[wireName][]*Contract{},
		convert:      map[step]Conversion{},
		problems:     map[protoreflect.FullName]error{},
		validator:    v,
		ruleTypes:    rules,
		readers:      readers,
		shapes:       newShapes(types),
	}
	// By path, because RangeFiles has no order: problems, and which of two equal
	// declarations is the second, must be the same in every run.
	var all []protoreflect.FileDescriptor
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		all = append(all, f)
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.FileDescriptor) int { return cmp.Compare(a.Path(), b.Path()) })
	// All topics before the first event, which may name a topic of any file.
	c := newChecker(r)
	for _, f := range all {
		c.files[goPackage(f)] = append(c.files[goPackage(f)], f)
		c.readTopics(f)
	}
	c.checkTopicNames()
	for _, f := range all {
		c.readEvents(f)
	}
	// These compare events with each other, so all of them have to be read.
	c.checkCompaction()
	c.checkMajors()
	c.checkParts()
	// A conversion may put a sensitive value into a field of another major that is not
	// marked: what one major of an event says holds for all.
	for _, majors := range r.byWire {
		for _, k := range majors {
			for _, other := range majors {
				k.sensitive = k.sensitive || other.sensitive
			}
		}
	}
	for _, conv := range conversions {
		if err := r.addConversion(conv); err != nil {
			c.errs = append(c.errs, err)
		}
	}
	// Kept in the contract, so that ContractOf, which runs for every event that is
	// written, needs one look-up.
	for name := range r.problems {
		if k := r.byMessage[name]; k != nil {
			k.broken = true
		}
	}
	return r, errors.Join(c.errs...)
}

// linked is made at the first use and not at the start of the program: by then
// every package has registered its files, and a program that never encodes pays
// nothing.
var linked = sync.OnceValues(func() (*Registry, error) {
	return NewRegistry(protoregistry.GlobalFiles)
})

// Linked is the registry of the contracts that are linked into the program. A
// contract that is itself wrong is missing from it: [ContractOf] says why.
func Linked() *Registry {
	r, _ := linked() // the problems are kept, per message
	return r
}

// Resolver finds types by the names that JSON has for them.
type Resolver interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// Types resolves the messages that an Any of the contracts may hold, and their
// extensions, for protojson and whatever else reads or shows payloads.
func (r *Registry) Types() Resolver { return r.shapes.types }

// Contracts lists the contracts by message name.
func (r *Registry) Contracts() []*Contract { return slices.Clone(r.contracts) }

// Topics lists the declared topics by name.
func (r *Registry) Topics() []*Topic {
	var out []*Topic
	for _, t := range r.topics {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b *Topic) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Topic finds a declared topic.
func (r *Registry) Topic(name string) (*Topic, bool) {
	t, ok := r.topics[name]
	return t, ok
}

// ContractOf finds the contract of a message. Its error matches [ErrContract]
// and joins all that is wrong with the contract.
func (r *Registry) ContractOf(msg proto.Message) (*Contract, error) {
	if msg == nil {
		return nil, fmt.Errorf("%w: the message is nil", ErrContract)
	}
	if m, ok := msg.(*dynamicpb.Message); ok && m == nil { // its type is in its value
		return nil, fmt.Errorf("%w: a nil *dynamicpb.Message has no type: give one that was made from a descriptor, to eventbus.HandleMessage for a handler", ErrContract)
	}
	d := msg.ProtoReflect().Descriptor()
	c, ok := r.byDescriptor[d]
	if ok && !c.broken {
		return c, nil
	}
	name := d.FullName()
	if err := r.problems[name]; err != nil {
		return nil, err
	}
	if r.byMessage[name] != nil {
		return nil, fmt.Errorf("%w: the message's type %s is not the one of the registry, although its name is the same: make the message from the descriptor that Contracts returns", ErrContract, name)
	}
	return nil, fmt.Errorf("%w: %s is not an event of the registry: give it the option (eventcontracts.v1.event), and link its package", ErrContract, name)
}

// ContractOf finds the contract of a linked message. Its error matches
// [ErrContract].
func ContractOf(msg proto.Message) (*Contract, error) { return Linked().ContractOf(msg) }

// newMessage returns an empty message: of the linked Go type if there is one.
func newMessage(m protoreflect.MessageDescriptor) proto.Message {
	return descriptor.TypeOf(m).New().Interface()
}

// find returns the contract of a record's type and major.
func (r *Registry) find(topic, typ string, major int) (c *Contract, known []*Contract) {
	known = r.byWire[wireName{topic, typ}]
	for _, k := range known {
		if k.Major == major {
			return k, known
		}
	}
	return nil, known
}
