package event

import (
	"fmt"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// key resolves and checks the path of the key field.
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
	at := m
	parts := strings.Split(k.KeyPath, ".")
	for i, part := range parts {
		fd := at.Fields().ByName(protoreflect.Name(part))
		bad := func(problem, fix string) {
			c.add(m, name, fmt.Sprintf("key %.100q: %s", k.KeyPath, problem), fix)
		}
		if fd == nil {
			bad(fmt.Sprintf("%s has no field %.60q", at.Name(), part), "name an existing field")
			return
		}
		if fd.IsList() || fd.IsMap() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
			bad(fmt.Sprintf("%q may have no value or several", part), "name a singular field outside a oneof")
			return
		}
		k.key = append(k.key, fd)
		if i < len(parts)-1 {
			if at = fd.Message(); at == nil {
				bad(fmt.Sprintf("%q is no message", part), "end the path there")
				return
			}
			if !rules(fd).GetRequired() {
				bad(fmt.Sprintf("%q may be absent", part), "make it required")
				return
			}
			continue
		}
		if fd.Message() != nil {
			bad(fmt.Sprintf("%q is no scalar", part), "name a field of a scalar type")
			return
		}
		if possiblyEmpty(fd) {
			bad(fmt.Sprintf("%q may be empty", part), "give it a rule that refuses the empty value, such as required or string.uuid")
		}
	}
}

func rules(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	r, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return r
}

// possiblyEmpty reports whether the rules of fd let a record through whose key
// would be absent or the empty text.
func possiblyEmpty(fd protoreflect.FieldDescriptor) bool {
	r := rules(fd)
	if r.GetIgnore() != validate.Ignore_IGNORE_UNSPECIFIED {
		return true
	}
	if fd.HasPresence() && !r.GetRequired() {
		return true
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		if r.GetRequired() && !fd.HasPresence() {
			return false
		}
		s := r.GetString()
		if s.GetMinLen() > 0 || s.GetLen() > 0 || s.GetMinBytes() > 0 || s.GetLenBytes() > 0 ||
			s.GetConst() != "" || s.GetPrefix() != "" || s.GetSuffix() != "" || s.GetContains() != "" {
			return false
		}
		for _, v := range s.GetIn() {
			if v == "" {
				return true
			}
		}
		return s.GetWellKnown() == nil && len(s.GetIn()) == 0
	case protoreflect.BytesKind:
		b := r.GetBytes()
		return !(r.GetRequired() && !fd.HasPresence()) && b.GetMinLen() == 0 && b.GetLen() == 0
	default:
		return false // a number is never the empty text
	}
}
