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

// Time reads a Timestamp.
func (d *Decoder) Time() *timestamppb.Timestamp {
	d.budget -= MessageMemory
	s, _ := d.plainText()
	seconds, nanos, ok := ParseTime(s, d.utc)
	if !ok {
		d.Unsure()
		return nil
	}
	return &timestamppb.Timestamp{Seconds: seconds, Nanos: nanos}
}

// Duration reads a Duration: a number of seconds with an s behind it.
func (d *Decoder) Duration() *durationpb.Duration {
	d.budget -= MessageMemory
	s, _ := d.plainText()
	in := Decoder{b: s}
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		in.i++
	}
	seconds := int64(in.whole(maxDuration)) //nolint:gosec // it is in range
	nanos, rest, ok := parseNanos(s[in.i:])
	if in.unsure || !ok || len(rest) != 1 || rest[0] != 's' {
		d.Unsure()
		return nil
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	return &durationpb.Duration{Seconds: seconds, Nanos: nanos}
}

// Empty reads an Empty, with nothing in it.
func (d *Decoder) Empty() *emptypb.Empty {
	if d.Object() {
		d.Unsure()
	}
	return &emptypb.Empty{}
}

// Struct reads a Struct.
func (d *Decoder) Struct() *structpb.Struct {
	d.budget -= DynamicMemory
	return &structpb.Struct{Fields: ParseMap(d, (*Decoder).String, (*Decoder).Value)}
}

// List reads a ListValue.
func (d *Decoder) List() *structpb.ListValue {
	d.budget -= DynamicMemory
	return &structpb.ListValue{Values: ParseList(d, (*Decoder).Value)}
}

// Value reads any JSON. A number beyond 2^53 may be one that would be rounded.
func (d *Decoder) Value() *structpb.Value {
	d.budget -= DynamicMemory
	switch c := d.next(); {
	case c == '"':
		return structpb.NewStringValue(d.String())
	case c == '{':
		return &structpb.Value{Kind: &structpb.Value_StructValue{StructValue: d.Struct()}}
	case c == '[':
		return &structpb.Value{Kind: &structpb.Value_ListValue{ListValue: d.List()}}
	case c == '-' || c >= '0' && c <= '9':
		n, err := strconv.ParseFloat(string(d.number()), 64)
		if err != nil || math.Abs(n) >= maxWhole {
			d.Unsure()
		}
		return structpb.NewNumberValue(n)
	case c == 't' || c == 'f':
		return structpb.NewBoolValue(d.Bool())
	}
	if !d.Null() {
		d.Unsure()
	}
	return structpb.NewNullValue()
}

// BoolValue reads what a wrapper holds, and so do the others.
func (d *Decoder) BoolValue() *wrapperspb.BoolValue {
	d.budget -= MessageMemory
	return &wrapperspb.BoolValue{Value: d.Bool()}
}

// StringValue reads what a wrapper holds.
func (d *Decoder) StringValue() *wrapperspb.StringValue {
	d.budget -= MessageMemory
	return &wrapperspb.StringValue{Value: d.String()}
}

// BytesValue reads what a wrapper holds.
func (d *Decoder) BytesValue() *wrapperspb.BytesValue {
	d.budget -= MessageMemory
	return &wrapperspb.BytesValue{Value: d.ImplicitBytes64()}
}

// Int32Value reads what a wrapper holds.
func (d *Decoder) Int32Value() *wrapperspb.Int32Value {
	d.budget -= MessageMemory
	return &wrapperspb.Int32Value{Value: d.Int32()}
}

// Int64Value reads what a wrapper holds.
func (d *Decoder) Int64Value() *wrapperspb.Int64Value {
	d.budget -= MessageMemory
	return &wrapperspb.Int64Value{Value: d.Int64()}
}

// UInt32Value reads what a wrapper holds.
func (d *Decoder) UInt32Value() *wrapperspb.UInt32Value {
	d.budget -= MessageMemory
	return &wrapperspb.UInt32Value{Value: d.Uint32()}
}

// UInt64Value reads what a wrapper holds.
func (d *Decoder) UInt64Value() *wrapperspb.UInt64Value {
	d.budget -= MessageMemory
	return &wrapperspb.UInt64Value{Value: d.Uint64()}
}

// FloatValue reads what a wrapper holds.
func (d *Decoder) FloatValue() *wrapperspb.FloatValue {
	d.budget -= MessageMemory
	return &wrapperspb.FloatValue{Value: d.Float()}
}

// DoubleValue reads what a wrapper holds.
func (d *Decoder) DoubleValue() *wrapperspb.DoubleValue {
	d.budget -= MessageMemory
	return &wrapperspb.DoubleValue{Value: d.Double()}
}
