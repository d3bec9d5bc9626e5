package descriptor

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Variant is a copy of files with other options, for those who try what contracts would
// do if they said something else, such as another format. topic may change the options
// of a topic; event those of the event of that name, and says whether it stays one.
func Variant(files *protoregistry.Files, topic func(*eventcontractsv1.TopicOptions), event func(protoreflect.FullName, *eventcontractsv1.EventOptions) bool) (*protoregistry.Files, error) {
	set := &descriptorpb.FileDescriptorSet{}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		fd := protodesc.ToFileDescriptorProto(f) // with options of its own
		if topics := Topics(f); len(topics) > 0 {
			var changed []*eventcontractsv1.TopicOptions
			for _, t := range topics {
				t = proto.CloneOf(t)
				topic(t)
				changed = append(changed, t)
			}
			proto.SetExtension(fd.Options, eventcontractsv1.E_Topic, changed)
		}
		for i, m := range fd.MessageType {
			variant(f.Messages().Get(i), m, event)
		}
		set.File = append(set.File, fd)
		return true
	})
	out, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, fmt.Errorf("change the options of contracts: %w", err)
	}
	return out, nil
}

func variant(d protoreflect.MessageDescriptor, m *descriptorpb.DescriptorProto, event func(protoreflect.FullName, *eventcontractsv1.EventOptions) bool) {
	if IsEvent(d) {
		o := proto.CloneOf(Event(d))
		if event(d.FullName(), o) {
			proto.SetExtension(m.Options, eventcontractsv1.E_Event, o)
		} else {
			proto.ClearExtension(m.Options, eventcontractsv1.E_Event)
		}
	}
	for i, inner := range m.NestedType {
		variant(d.Messages().Get(i), inner, event)
	}
}
