package compat

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// State is one state of a repository's contracts. It does not change after NewState,
// and is safe for concurrent use.
type State struct {
	files  *protoregistry.Files
	events map[protoreflect.FullName]event
	topics map[string]topic
	judge  judge
	// readers are the files as readers judge them: with accept in place of a field's own
	// rules. The same ones if there is no accept.
	readers *protoregistry.Files
}

// event is an event of one state.
type event struct {
	message protoreflect.MessageDescriptor
	options *eventcontractsv1.EventOptions
	typ     string
	major   int
}

func (e event) version() string { return fmt.Sprintf("%d.%d", e.major, e.options.GetRevision()) }

// topic is a declared topic of one state.
type topic struct {
	options *eventcontractsv1.TopicOptions
	at      Position
}

// NewState reads contracts. Whether they are sound is not asked: the old state may be of
// a time with fewer checks. Nil has no events.
func NewState(files *protoregistry.Files) (*State, error) {
	s := &State{files: files, events: map[protoreflect.FullName]event{}, topics: map[string]topic{}}
	if files == nil {
		s.files = &protoregistry.Files{}
	}
	for _, f := range s.sortedFiles() {
		for _, m := range descriptor.Events(f.Messages()) {
			major, _ := descriptor.Major(f.Package())
			s.events[m.FullName()] = event{m, descriptor.Event(m), descriptor.WireType(m), major}
		}
		for i, o := range descriptor.Topics(f) {
			s.topics[o.GetName()] = topic{o, Position{f.Path(), descriptor.TopicLine(f, i)}}
		}
	}
	var err error
	if s.readers, err = descriptor.Readers(s.files); err != nil {
		return nil, err
	}
	s.judge, err = newJudge(resolver{dynamicpb.NewTypes(s.files)})
	return s, err
}

// Types finds the rules that the contracts declare themselves, and those of protovalidate.
func (s *State) Types() protoregistry.ExtensionTypeResolver { return s.judge.types }

// Events is how many events there are: none may mean that the wrong place was looked at.
func (s *State) Events() int { return len(s.events) }

func (s *State) sortedFiles() []protoreflect.FileDescriptor {
	var all []protoreflect.FileDescriptor
	s.files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		all = append(all, f)
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.FileDescriptor) int { return cmp.Compare(a.Path(), b.Path()) })
	return all
}

// sortedEvents are the events by their messages' names.
func (s *State) sortedEvents() []event {
	var out []event
	for _, e := range s.events {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b event) int { return cmp.Compare(a.message.FullName(), b.message.FullName()) })
	return out
}

// types finds what contracts extend rules with, linked or not.
type resolver struct{ files *dynamicpb.Types }

func (t resolver) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	if x, err := t.files.FindExtensionByName(name); err == nil {
		return x, nil
	}
	return protoregistry.GlobalTypes.FindExtensionByName(name)
}

func (t resolver) FindExtensionByNumber(m protoreflect.FullName, n protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	if x, err := t.files.FindExtensionByNumber(m, n); err == nil {
		return x, nil
	}
	return protoregistry.GlobalTypes.FindExtensionByNumber(m, n)
}
