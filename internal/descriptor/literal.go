package descriptor

import (
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Literal reads a proto2 default literal: what a descriptor's default_value
// holds, so strings have no quotes and bytes have C escapes. protobuf-go has such
// a parser in an internal package only. Not-a-number and infinities are refused:
// JSON has no numbers for them.
func Literal(fd protoreflect.FieldDescriptor, s string) (protoreflect.Value, error) {
	none, fail := protoreflect.Value{}, fmt.Errorf("default %.60q is not a literal of type %s", s, fd.Kind())
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(s), nil
	case protoreflect.BytesKind:
		var b wrapperspb.BytesValue
		if err := prototext.Unmarshal([]byte(`value: "`+s+`"`), &b); err != nil {
			return none, fail
		}
		return protoreflect.ValueOfBytes(b.GetValue()), nil
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return none, fail
		}
		return protoreflect.ValueOfBool(s == "true"), nil
	case protoreflect.EnumKind:
		if v := fd.Enum().Values().ByName(protoreflect.Name(s)); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), nil
		}
		return none, fmt.Errorf("default %.60q is not a value of %s", s, fd.Enum().FullName())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfInt32(int32(n)), nil
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfInt64(n), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfUint32(uint32(n)), nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfUint64(n), nil
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		size := 64
		if fd.Kind() == protoreflect.FloatKind {
			size = 32
		}
		x, err := strconv.ParseFloat(s, size)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return none, fail
		}
		if size == 32 {
			return protoreflect.ValueOfFloat32(float32(x)), nil
		}
		return protoreflect.ValueOfFloat64(x), nil
	default:
		return none, fail
	}
}
