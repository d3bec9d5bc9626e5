package recordview

import (
	"bytes"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What is shown without --reveal follows one rule: nothing that a contract calls
// personal or secret, and nothing that may be, where it cannot be known. So of
//
//   - a decoded payload, the fields that are sensitive are hidden, however deep;
//   - a value that could not be decoded, nothing is shown if a contract that it may
//     have been written by has a sensitive field, since the bytes may hold it;
//   - a key, nothing is shown if it is taken from such a field, or may be, and
//     nothing of the headers that repeat it.
//
// A record of a topic without contracts is shown as it is.

// hiddenText stands for text that only --reveal shows.
const hiddenText = "[hidden]"

// masked is a copy of m without the values of sensitive fields: text becomes
// hiddenText, anything else is cleared.
func masked(m proto.Message) proto.Message {
	out := proto.Clone(m)
	maskFields(out.ProtoReflect())
	return out
}

// maskFields follows messages to any depth. A sensitive field is not followed: what
// it holds is sensitive with it.
func maskFields(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case descriptor.Sensitive(f):
			if f.Kind() == protoreflect.StringKind && f.Cardinality() != protoreflect.Repeated {
				m.Set(f, protoreflect.ValueOfString(hiddenText))
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
func (v Viewer) mayBe(topic, typ string) []*event.Contract {
	if v.Catalog == nil {
		return nil
	}
	var all, ofType []*event.Contract
	for _, k := range v.Catalog.Contracts() {
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

// hidesValue reports whether a value that could not be decoded may hold what is
// sensitive.
func (v Viewer) hidesValue(topic, typ string) bool {
	return !v.Reveal && slices.ContainsFunc(v.mayBe(topic, typ), func(k *event.Contract) bool {
		return descriptor.ReachesSensitive(k.Descriptor)
	})
}

// key hides a key that may be sensitive; text and binary are as of jsonKey.
func (v Viewer) key(topic, typ string, text *string, binary string) (*string, string) {
	if text == nil || v.Reveal || !slices.ContainsFunc(v.mayBe(topic, typ), func(k *event.Contract) bool {
		return descriptor.PassesSensitive(k.Descriptor, k.KeyPath)
	}) {
		return text, binary
	}
	hidden := hiddenText
	return &hidden, ""
}

// partitionKey is the header that repeats the key, in the binary mode of CloudEvents'
// Kafka binding (extension attribute partitionkey).
const partitionKey = headername.CloudEventsPrefix + "partitionkey"

// headers are those of a record, without what repeats a hidden key. shown is how the
// key is shown.
func (v Viewer) headers(r event.Record, shown *string) []Header {
	out := Headers(r.Headers)
	if shown == nil || *shown != hiddenText || v.Reveal {
		return out
	}
	hidden := hiddenText
	for i, h := range r.Headers {
		if strings.EqualFold(h.Key, partitionKey) || bytes.Equal(h.Value, r.Key) {
			out[i] = Header{Key: h.Key, Value: &hidden}
		}
	}
	return out
}
