package descriptor

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// wellKnown are the messages that have a JSON of their own (protobuf's ProtoJSON
// format). Every implementation of protobuf has them.
var wellKnown = map[protoreflect.FullName]bool{
	"google.protobuf.Any": true, "google.protobuf.Timestamp": true, "google.protobuf.Duration": true,
	"google.protobuf.Struct": true, "google.protobuf.Value": true, "google.protobuf.ListValue": true,
	"google.protobuf.FieldMask": true, "google.protobuf.Empty": true,
	"google.protobuf.BoolValue": true, "google.protobuf.Int32Value": true, "google.protobuf.Int64Value": true,
	"google.protobuf.UInt32Value": true, "google.protobuf.UInt64Value": true, "google.protobuf.FloatValue": true,
	"google.protobuf.DoubleValue": true, "google.protobuf.StringValue": true, "google.protobuf.BytesValue": true,
}

// WrapperList reports whether a field is a list of wrappers, such as Int32Value.
func WrapperList(fd protoreflect.FieldDescriptor) bool {
	return fd.IsList() && fd.Message() != nil && fd.Message().ParentFile().Path() == "google/protobuf/wrappers.proto"
}

// WellKnown reports whether a message has a JSON of its own, so that its fields say
// nothing about it.
func WellKnown(m protoreflect.MessageDescriptor) bool { return wellKnown[m.FullName()] }
