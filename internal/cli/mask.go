package cli

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// mask stands for text that only --reveal shows.
const mask = "[hidden]"

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
		case descriptor.Sensitive(f):
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
	if text == nil || v.reveal || !slices.ContainsFunc(v.mayBe(topic, typ), func(k *event.Contract) bool { return descriptor.PassesSensitive(k.Descriptor, k.KeyPath) }) {
		return text, binary
	}
	hidden := mask
	return &hidden, ""
}
