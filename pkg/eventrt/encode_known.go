package eventrt

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Messages that have a JSON of their own.

// Time appends a Timestamp.
func (e *Encoder) Time(t *timestamppb.Timestamp) {
	e.budget -= MessageMemory
	if t == nil || t.Seconds < minSeconds || t.Seconds > maxSeconds || t.Nanos < 0 || t.Nanos > 999_999_999 || HasUnknown(t) {
		e.unsure = true
		return
	}
	e.b = append(appendCivil(append(e.b, '"'), t.Seconds, t.Nanos), '"')
}

// maxDuration bounds the seconds of a Duration: about 10 000 years.
const maxDuration = 315_576_000_000

// Duration appends a Duration, with 0, 3, 6 or 9 digits of a second.
func (e *Encoder) Duration(d *durationpb.Duration) {
	e.budget -= MessageMemory
	if d == nil || d.Seconds < -maxDuration || d.Seconds > maxDuration || d.Nanos < -999_999_999 || d.Nanos > 999_999_999 ||
		d.Seconds > 0 && d.Nanos < 0 || d.Seconds < 0 && d.Nanos > 0 || HasUnknown(d) {
		e.unsure = true
		return
	}
	e.b = append(e.b, '"')
	seconds, nanos := d.Seconds, d.Nanos
	if seconds < 0 || nanos < 0 {
		e.b = append(e.b, '-')
		seconds, nanos = -seconds, -nanos
	}
	e.b = appendNanos(strconv.AppendInt(e.b, seconds, 10), nanos)
	e.b = append(e.b, 's', '"')
}

// Empty appends an Empty.
func (e *Encoder) Empty(m *emptypb.Empty) {
	e.budget -= MessageMemory
	if m == nil || HasUnknown(m) {
		e.unsure = true
		return
	}
	e.b = append(e.b, '{', '}')
}

// Struct appends a Struct.
func (e *Encoder) Struct(m *structpb.Struct) {
	if m == nil || HasUnknown(m) {
		e.unsure = true
		return
	}
	e.budget -= DynamicMemory - FieldMemory
	AppendMap(e, "", m.Fields, (*Encoder).String, (*Encoder).Value)
}

// List appends a ListValue.
func (e *Encoder) List(m *structpb.ListValue) {
	if m == nil || HasUnknown(m) {
		e.unsure = true
		return
	}
	e.budget -= DynamicMemory - FieldMemory
	AppendList(e, "", m.Values, (*Encoder).Value)
}

// maxWhole is the last whole number up to which every one is a float64. What is beyond it
// readers would take for one that was rounded.
const maxWhole = 1 << 53

// Value appends a Value.
func (e *Encoder) Value(m *structpb.Value) {
	if m == nil || HasUnknown(m) {
		e.unsure = true
		return
	}
	e.budget -= DynamicMemory
	switch v := m.Kind.(type) {
	case *structpb.Value_NullValue:
		if v == nil || v.NullValue != 0 {
			e.unsure = true
			return
		}
		e.b = append(e.b, "null"...)
	case *structpb.Value_NumberValue:
		if v == nil || !(math.Abs(v.NumberValue) <= maxWhole) { // NaN too
			e.unsure = true
			return
		}
		e.Double(v.NumberValue)
	case *structpb.Value_StringValue:
		if v == nil {
			e.unsure = true
			return
		}
		e.String(v.StringValue)
	case *structpb.Value_BoolValue:
		if v == nil {
			e.unsure = true
			return
		}
		e.Bool(v.BoolValue)
	case *structpb.Value_StructValue:
		if v == nil {
			e.unsure = true
			return
		}
		e.Struct(v.StructValue)
	case *structpb.Value_ListValue:
		if v == nil {
			e.unsure = true
			return
		}
		e.List(v.ListValue)
	default: // one that is empty has no JSON
		e.unsure = true
	}
}

// wrapped charges a wrapper, and reports whether it can be written.
func (e *Encoder) wrapped(unset, unknown bool) bool {
	e.budget -= MessageMemory
	e.unsure = e.unsure || unset || unknown
	return !e.unsure
}

// BoolValue appends what a wrapper holds, and so do the others.
func (e *Encoder) BoolValue(m *wrapperspb.BoolValue) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Bool(m.Value)
	}
}

// StringValue appends what a wrapper holds.
func (e *Encoder) StringValue(m *wrapperspb.StringValue) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.String(m.Value)
	}
}

// BytesValue appends what a wrapper holds.
func (e *Encoder) BytesValue(m *wrapperspb.BytesValue) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Bytes64(m.Value)
	}
}

// Int32Value appends what a wrapper holds.
func (e *Encoder) Int32Value(m *wrapperspb.Int32Value) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Int32(m.Value)
	}
}

// Int64Value appends what a wrapper holds.
func (e *Encoder) Int64Value(m *wrapperspb.Int64Value) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Int64(m.Value)
	}
}

// UInt32Value appends what a wrapper holds.
func (e *Encoder) UInt32Value(m *wrapperspb.UInt32Value) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Uint32(m.Value)
	}
}

// UInt64Value appends what a wrapper holds.
func (e *Encoder) UInt64Value(m *wrapperspb.UInt64Value) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Uint64(m.Value)
	}
}

// FloatValue appends what a wrapper holds.
func (e *Encoder) FloatValue(m *wrapperspb.FloatValue) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Float(m.Value)
	}
}

// DoubleValue appends what a wrapper holds.
func (e *Encoder) DoubleValue(m *wrapperspb.DoubleValue) {
	if e.wrapped(m == nil, HasUnknown(m)) {
		e.Double(m.Value)
	}
}
