package event

import (
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// uuids are the fields of a message, and of the messages in it, whose rules say that
// they are UUIDs. Their text is written in lower case (RFC 9562, section 4), so that
// one entity has one text, and one key: the rule takes both cases. Keys of maps stay as
// they are, since two of them may be one UUID. Nil has none.
type uuids struct {
	own   []protoreflect.FieldDescriptor // one, a list, or a map with such values
	parts []partUUIDs
}

type partUUIDs struct {
	field protoreflect.FieldDescriptor
	uuids *uuids
}

// hasUUID reports whether a field, or each of its elements, is a UUID.
func hasUUID(fd protoreflect.FieldDescriptor) bool {
	rules := descriptor.Rules(fd)
	switch {
	case fd.IsMap():
		return isUUIDRule(rules.GetMap().GetValues())
	case fd.IsList():
		return isUUIDRule(rules.GetRepeated().GetItems())
	}
	return isUUIDRule(rules)
}

func isUUIDRule(r *validate.FieldRules) bool {
	return r.GetString().GetUuid() || r.GetString().GetTuuid()
}

// uuidsOf collects the fields of m; nil if there are none. As for defaults, known holds
// those of the messages around it.
func uuidsOf(m protoreflect.MessageDescriptor, known map[protoreflect.FullName]*uuids) *uuids {
	if u, ok := known[m.FullName()]; ok {
		return u
	}
	if !descriptor.Reaches(m, hasUUID) {
		return nil
	}
	u := &uuids{}
	known[m.FullName()] = u
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if hasUUID(fd) {
			u.own = append(u.own, fd)
		} else if part := descriptor.Part(fd); part != nil {
			if inner := uuidsOf(part, known); inner != nil {
				u.parts = append(u.parts, partUUIDs{fd, inner})
			}
		}
	}
	return u
}

// in returns msg with its UUIDs in lower case, as a copy if one is not: the caller's
// message is not ours.
func (u *uuids) in(msg proto.Message) proto.Message {
	if u == nil || !u.visit(msg.ProtoReflect(), false) {
		return msg
	}
	msg = proto.Clone(msg)
	u.visit(msg.ProtoReflect(), true)
	return msg
}

// visit reports whether a UUID of m has capitals, and sets all of them if it is to.
func (u *uuids) visit(m protoreflect.Message, set bool) (upper bool) {
	for _, fd := range u.own {
		switch v := m.Get(fd); {
		case fd.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
				if low, changes := lowered(e); changes {
					upper = true
					if set {
						v.Map().Set(k, low)
					}
				}
				return true
			})
		case fd.IsList():
			for i := range v.List().Len() {
				if low, changes := lowered(v.List().Get(i)); changes {
					upper = true
					if set {
						v.List().Set(i, low)
					}
				}
			}
		case fd.Message() == nil && (m.Has(fd) || !fd.HasPresence()): // what is not set reads as a default, and stays unset
			if low, changes := lowered(v); changes {
				upper = true
				if set {
					m.Set(fd, low)
				}
			}
		}
	}
	for _, p := range u.parts {
		if !m.Has(p.field) {
			continue
		}
		switch v := m.Get(p.field); {
		case p.field.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, e protoreflect.Value) bool {
				upper = p.uuids.visit(e.Message(), set) || upper
				return true
			})
		case p.field.IsList():
			for i := range v.List().Len() {
				upper = p.uuids.visit(v.List().Get(i).Message(), set) || upper
			}
		default:
			upper = p.uuids.visit(v.Message(), set) || upper
		}
	}
	return upper
}

// lowered is a UUID in lower case, if that is a change.
func lowered(v protoreflect.Value) (protoreflect.Value, bool) {
	s := v.String()
	low := lowerUUID(s)
	return protoreflect.ValueOfString(low), low != s
}

// lowerUUID is a UUID, with dashes or without, as it is written. Text that is not one breaks
// its rule, and is left for that.
func lowerUUID(s string) string {
	low := strings.ToLower(s)
	if low == s || !isUUID(s) && (len(s) != 32 || uuid.Validate(s) != nil) {
		return s
	}
	return low
}
