package event

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// ruleTypes finds the rules that contracts declare themselves, as extensions of
// buf.validate's (predefined rules): those that are linked first, then those of files
// that were compiled at run time. Without the second eventctl would refuse contracts
// that a service starts with.
type ruleTypes struct{ files *descriptor.Types }

func (r ruleTypes) FindExtensionByName(name protoreflect.FullName) (protoreflect.ExtensionType, error) {
	if t, err := protoregistry.GlobalTypes.FindExtensionByName(name); err == nil {
		return t, nil
	}
	return r.files.FindExtensionByName(name)
}

func (r ruleTypes) FindExtensionByNumber(message protoreflect.FullName, number protoreflect.FieldNumber) (protoreflect.ExtensionType, error) {
	if t, err := protoregistry.GlobalTypes.FindExtensionByNumber(message, number); err == nil {
		return t, nil
	}
	return r.files.FindExtensionByNumber(message, number)
}
