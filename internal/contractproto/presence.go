package contractproto

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Presence is how the fields of a file say whether their absence can be told from the
// empty value, which each syntax of protobuf says in its own way. The zero value is
// proto3's: the keyword optional, and none on messages.
type Presence struct {
	proto2  bool
	edition descriptorpb.FeatureSet_FieldPresence // what a field has that says nothing; 0 without editions
}

// PresenceIn is that of a file
// (https://protobuf.dev/editions/features/#field_presence).
func PresenceIn(file protoreflect.FileDescriptor) Presence {
	switch file.Syntax() {
	case protoreflect.Proto2:
		return Presence{proto2: true}
	case protoreflect.Editions:
		options, _ := file.Options().(*descriptorpb.FileOptions)
		if own := options.GetFeatures(); own != nil && own.FieldPresence != nil {
			return Presence{edition: own.GetFieldPresence()}
		}
		return Presence{edition: descriptorpb.FeatureSet_EXPLICIT}
	default:
		return Presence{}
	}
}

// of is what a field of a shape needs: a keyword before its type, or an option. In proto2
// the absence of each value can be told, so that one which must not be empty gets the rule
// required.
func (p Presence) of(s *shape) (label string, option []string) {
	switch {
	case p.proto2 && s.singular:
		require(s, !s.optional && !s.message)
		return "optional ", nil
	case p.edition == 0 && s.optional:
		return "optional ", nil
	case p.edition == 0 || !s.singular || s.message:
		return "", nil
	}
	want := descriptorpb.FeatureSet_IMPLICIT
	if s.optional {
		want = descriptorpb.FeatureSet_EXPLICIT
	}
	if p.edition == want {
		return "", nil
	}
	return "", []string{"features.field_presence = " + want.String()}
}
