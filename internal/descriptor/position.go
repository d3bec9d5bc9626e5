package descriptor

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// fileOptions is the number of FileDescriptorProto's field options, with which
// the source path of every option of a file begins.
const fileOptions = 8

// Line is where a declaration begins, 1 for the first line; 0 if the file has
// no source positions, as linked Go code has none.
func Line(d protoreflect.Descriptor) int {
	return line(d.ParentFile().SourceLocations().ByDescriptor(d))
}

// TopicLine is where the file's (topic) option with an index of [Topics] begins;
// 0 if the file has no source positions.
func TopicLine(f protoreflect.FileDescriptor, index int) int {
	path := protoreflect.SourcePath{fileOptions, int32(eventcontractsv1.E_Topic.TypeDescriptor().Number()), int32(index)}
	return line(f.SourceLocations().ByPath(path))
}

func line(at protoreflect.SourceLocation) int {
	if at.Path == nil {
		return 0
	}
	return at.StartLine + 1 // descriptors count from 0
}
