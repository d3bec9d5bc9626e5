package cli

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// mask stands for text that only --reveal shows.
const mask = "[hidden]"

// isSensitive says whether a field is about a person or a secret.
func isSensitive(f protoreflect.FieldDescriptor) bool {
	opts, _ := proto.GetExtension(f.Options(), eventcontractsv1.E_Field).(*eventcontractsv1.FieldOptions)
	switch opts.GetSensitivity() {
	case eventcontractsv1.Sensitivity_SENSITIVITY_PERSONAL, eventcontractsv1.Sensitivity_SENSITIVITY_SECRET:
		return true
	}
	return false
}

// masked is a copy of m without the values of sensitive fields: text becomes
// the mask, anything else is cleared.
func masked(m proto.Message) proto.Message {
	out := proto.Clone(m)
	maskFields(out.ProtoReflect())
	return out
}

func maskFields(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case isSensitive(f):
			if f.Kind() == protoreflect.StringKind && f.Cardinality() != protoreflect.Repeated {
				m.Set(f, protoreflect.ValueOfString(mask))
			} else {
				m.Clear(f)
			}
		case f.IsMap():
			if f.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					maskFields(v.Message())
					return true
				})
			}
		case f.IsList():
			if f.Message() != nil {
				for i := range v.List().Len() {
					maskFields(v.List().Get(i).Message())
				}
			}
		case f.Message() != nil:
			maskFields(v.Message())
		}
		return true
	})
}

// holdsSensitive says whether a message has a sensitive field at any depth.
func holdsSensitive(m protoreflect.MessageDescriptor) bool {
	seen := map[protoreflect.FullName]bool{}
	var walk func(protoreflect.MessageDescriptor) bool
	walk = func(m protoreflect.MessageDescriptor) bool {
		if m == nil || seen[m.FullName()] {
			return false
		}
		seen[m.FullName()] = true
		for i := range m.Fields().Len() {
			if f := m.Fields().Get(i); isSensitive(f) || walk(f.Message()) {
				return true
			}
		}
		return false
	}
	return walk(m)
}

// keyIsSensitive says whether the field that a contract's key is taken from, or
// a message on the way to it, is sensitive.
func keyIsSensitive(k *event.Contract) bool {
	m := k.Descriptor
	for name := range strings.SplitSeq(k.KeyPath, ".") {
		if m == nil {
			return false
		}
		f := m.Fields().ByName(protoreflect.Name(name))
		if f == nil {
			return false
		}
		if isSensitive(f) {
			return true
		}
		m = f.Message()
	}
	return false
}

// mayBe are the contracts that a record of a topic may have been written by: if
// its type is not known, all of the topic.
func (v viewer) mayBe(topic, typ string) []*event.Contract {
	if v.catalog == nil {
		return nil
	}
	var all, ofType []*event.Contract
	for _, k := range v.catalog.Contracts() {
		if k.Topic.Name != topic {
			continue
		}
		all = append(all, k)
		if k.Type == typ {
			ofType = append(ofType, k)
		}
	}
	if len(ofType) > 0 {
		return ofType
	}
	return all
}

// key hides a key that may be personal or secret.
func (v viewer) key(topic, typ string, text *string, binary string) (*string, string) {
	if text == nil || v.reveal || !slices.ContainsFunc(v.mayBe(topic, typ), keyIsSensitive) {
		return text, binary
	}
	hidden := mask
	return &hidden, ""
}
