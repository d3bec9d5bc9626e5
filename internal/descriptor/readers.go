package descriptor

import (
	"fmt"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// HasAccept reports whether readers judge a field by other rules than writers.
func HasAccept(fd protoreflect.FieldDescriptor) bool { return Field(fd).GetAccept() != nil }

// Readers are files as readers judge them: a field that has an accept has it as its
// buf.validate rules, so that every validator of protovalidate judges as readers do.
// A file that needs no change, and imports none that does, is the same one; files without
// any accept are returned as they are.
func Readers(files *protoregistry.Files) (*protoregistry.Files, error) {
	differ := false
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		differ = anyMessage(f.Messages(), hasOwnAccept)
		return !differ
	})
	if !differ {
		return files, nil
	}
	r := readers{files: &protoregistry.Files{}, built: map[string]bool{}}
	var err error
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		_, err = r.add(f)
		return err == nil
	})
	return r.files, err
}

type readers struct {
	files *protoregistry.Files
	built map[string]bool // paths of files, and whether they are other ones
}

// add adds a file behind its imports, and reports whether it had to be made anew.
func (r readers) add(f protoreflect.FileDescriptor) (bool, error) {
	if anew, known := r.built[f.Path()]; known || f.IsPlaceholder() {
		return anew, nil
	}
	anew := false
	for i := range f.Imports().Len() {
		other, err := r.add(f.Imports().Get(i).FileDescriptor)
		if err != nil {
			return false, err
		}
		anew = anew || other
	}
	anew = anew || anyMessage(f.Messages(), hasOwnAccept)
	r.built[f.Path()] = anew
	if anew {
		fd := protodesc.ToFileDescriptorProto(f) // with options of its own
		for i, m := range fd.MessageType {
			acceptInPlace(f.Messages().Get(i), m)
		}
		var err error
		if f, err = (protodesc.FileOptions{AllowUnresolvable: true}).New(fd, r.files); err != nil {
			return false, fmt.Errorf("give %s its readers' rules: %w", fd.GetName(), err)
		}
	}
	if err := r.files.RegisterFile(f); err != nil {
		return false, fmt.Errorf("give %s its readers' rules: %w", f.Path(), err)
	}
	return anew, nil
}

func anyMessage(ms protoreflect.MessageDescriptors, is func(protoreflect.MessageDescriptor) bool) bool {
	for i := range ms.Len() {
		if is(ms.Get(i)) || anyMessage(ms.Get(i).Messages(), is) {
			return true
		}
	}
	return false
}

func hasOwnAccept(m protoreflect.MessageDescriptor) bool {
	for i := range m.Fields().Len() {
		if HasAccept(m.Fields().Get(i)) {
			return true
		}
	}
	return false
}

func acceptInPlace(d protoreflect.MessageDescriptor, m *descriptorpb.DescriptorProto) {
	for i, f := range m.Field {
		if a := Field(d.Fields().Get(i)).GetAccept(); a != nil {
			proto.SetExtension(f.Options, validate.E_Field, proto.CloneOf(a))
		}
	}
	for i, inner := range m.NestedType {
		acceptInPlace(d.Messages().Get(i), inner)
	}
}
