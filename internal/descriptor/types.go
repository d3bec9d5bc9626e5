package descriptor

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	// The messages that have a JSON of their own, whatever else is linked.
	_ "google.golang.org/protobuf/types/known/anypb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"
)

// Types resolves what a payload names by its text: the message in an Any, and
// extensions. It knows the types of a set of files and those that every implementation
// of protobuf has, and no others: what happens to be linked into eventctl, or into one
// service, is not what the readers of a contract have.
//
// A type is the linked Go type if there is one for the very descriptor. Types
// implements the resolver interfaces of protobuf's encodings, does not change after
// NewTypes, and is safe for concurrent use.
type Types struct {
	files   *protoregistry.Files
	dynamic *dynamicpb.Types
}

// NewTypes resolves the types of files.
func NewTypes(files *protoregistry.Files) *Types {
	return &Types{files, dynamicpb.NewTypes(files)}
}

// vocabulary are the packages that describe contracts: their messages are not payloads
// although every contract imports them.
var vocabulary = map[protoreflect.FullName]bool{"google.protobuf": true, "buf.validate": true, "eventcontracts.v1": true}

// IsVocabulary reports whether a file describes contracts, and has none.
func IsVocabulary(f protoreflect.FileDescriptor) bool { return vocabulary[f.Package()] }

// FindMessageByName finds a message of the files.
func (t *Types) FindMessageByName(name protoreflect.FullName) (protoreflect.MessageType, error) {
	if wellKnown[name] {
		return protoregistry.GlobalTypes.FindMessageByName(name)
	}
	d, err := t.files.FindDescriptorByName(name)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	m, ok := d.(protoreflect.MessageDescriptor)
	if !ok || m.IsMapEntry() || IsVocabulary(m.ParentFile()) {
		return nil, protoregistry.NotFound
	}
	return TypeOf(m), nil
}

// FindMessageByURL finds the message that an Any's type URL names behind its last slash.
func (t *Types) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	return t.FindMessageByName(protoreflect.FullName(url[strings.LastIndexByte(url, '/')+1:]))
}

// FindExtensionByName finds an extension of the files.
func (t *Types) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	x, err := t.dynamic.FindExtensionByName(name)
	if err != nil || !x.TypeDescriptor().IsExtension() { // dynamicpb takes any field for one
		return nil, protoregistry.NotFound
	}
	return linkedExtension(x), nil
}

// FindExtensionByNumber finds an extension of the files.
func (t *Types) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	x, err := t.dynamic.FindExtensionByNumber(message, number)
	if err != nil {
		return nil, protoregistry.NotFound
	}
	return linkedExtension(x), nil
}

// linkedExtension is the Go type of an extension if it is linked: a message of a Go type
// cannot hold another one's values.
func linkedExtension(x protoreflect.ExtensionType) protoreflect.ExtensionType {
	linked, err := protoregistry.GlobalTypes.FindExtensionByName(x.TypeDescriptor().FullName())
	if err == nil && linked.TypeDescriptor().Descriptor() == x.TypeDescriptor().Descriptor() {
		return linked
	}
	return x
}

// TypeOf is the linked Go type of a descriptor, or else a dynamic one. A dynamic message
// of a linked type could not be given to a handler or a conversion, which are written
// for the Go type.
func TypeOf(m protoreflect.MessageDescriptor) protoreflect.MessageType {
	if t, err := protoregistry.GlobalTypes.FindMessageByName(m.FullName()); err == nil && t.Descriptor() == m {
		return t
	}
	return dynamicpb.NewMessageType(m)
}

// Imported reports whether every reader of the contracts in file has what declared is
// declared in: the two are of one package, or the file imports it, directly or not.
func Imported(file, declared protoreflect.FileDescriptor) bool {
	return file.Package() == declared.Package() || imports(file, declared.Path(), map[string]bool{})
}

func imports(file protoreflect.FileDescriptor, path string, seen map[string]bool) bool {
	if file.Path() == path {
		return true
	}
	if seen[file.Path()] {
		return false
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		if imports(file.Imports().Get(i).FileDescriptor, path, seen) {
			return true
		}
	}
	return false
}
