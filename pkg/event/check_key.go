package event

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// key resolves and checks the path of the key field. Kafka keeps order among
// records of one key alone, and the empty key is one key too: an event whose key
// may be missing would be spread over partitions, or be ordered after strangers.
// So the contract's rules have to make sure that it is there, and validation
// does, before a record is made.
func (c *checker) key(m protoreflect.MessageDescriptor, k *Contract) {
	name := string(m.Name())
	switch {
	case k.Unkeyed && k.KeyPath != "":
		c.add(m, name, "it has a key and says that it is unkeyed", "keep one of the two")
		return
	case k.Unkeyed:
		return
	case k.KeyPath == "":
		c.add(m, name, "no key", "name the key field in (event).key, or say unkeyed: true")
		return
	}
	bad := func(problem, fix string) {
		c.add(m, name, fmt.Sprintf("key %.100q: %s", k.KeyPath, problem), fix)
	}
	at := m
	parts := strings.Split(k.KeyPath, ".")
	for i, part := range parts {
		fd := at.Fields().ByName(protoreflect.Name(part))
		if fd == nil {
			bad(fmt.Sprintf("%s has no field %.60q", at.Name(), part), "name an existing field")
			return
		}
		if fd.IsList() || fd.IsMap() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
			bad(fmt.Sprintf("%q may have several values, or none", part), "name a singular field outside a oneof")
			return
		}
		k.key = append(k.key, fd)
		if i < len(parts)-1 {
			if at = fd.Message(); at == nil {
				bad(fmt.Sprintf("%q is not a message", part), "end the path there")
				return
			}
			// Rules that do not compile are reported by themselves.
			if broken, err := c.registry.refuses(protoreflect.Value{}, k.key...); err == nil && len(broken) == 0 {
				bad(fmt.Sprintf("%q may be absent", part), "make it required")
				return
			}
			continue
		}
		if fd.Message() != nil {
			bad(fmt.Sprintf("%q is not a scalar", part), "name a field of a scalar type")
			return
		}
		// The rules are asked what they say of an empty value. Reading them, as
		// min_len or uuid, would miss expressions and patterns.
		if c.possiblyEmpty(k.key) {
			bad(fmt.Sprintf("%q may be empty", part), "give it a rule that refuses the empty value, such as required or string.uuid")
		}
		// Attributes of CloudEvents are text, and bytes need not be.
		if k.Topic != nil && k.Topic.Format.cloudEvents() && fd.Kind() == protoreflect.BytesKind {
			bad(fmt.Sprintf("%q holds bytes, and the topic's format writes the key as the attribute partitionkey, which is text", part),
				"choose a key of another type, or another format")
		}
		// A record's key shows everywhere; in a header it is also written into
		// dead letters and shown by tools that hide payloads.
		if k.Topic != nil && k.Topic.Format == FormatCloudEventsBinary && descriptor.Sensitive(fd) {
			bad(fmt.Sprintf("%q is personal or secret, and the topic's format writes the key as the header ce_partitionkey", part),
				"choose another key, or FORMAT_CLOUDEVENTS")
		}
	}
}

// possiblyEmpty reports whether the rules let a record through whose key would
// be absent or the empty text.
func (c *checker) possiblyEmpty(path []protoreflect.FieldDescriptor) bool {
	fd := path[len(path)-1]
	accepts := func(v protoreflect.Value) bool {
		broken, err := c.registry.refuses(v, path...)
		return err == nil && len(broken) == 0 // rules that do not compile are reported by themselves
	}
	if fd.HasPresence() && fd.Cardinality() != protoreflect.Required && accepts(protoreflect.Value{}) {
		return true
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return accepts(protoreflect.ValueOfString(""))
	case protoreflect.BytesKind:
		return accepts(protoreflect.ValueOfBytes(nil)) || accepts(protoreflect.ValueOfBytes([]byte{}))
	default:
		return false // a number is never the empty text
	}
}
