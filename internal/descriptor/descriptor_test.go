package descriptor_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

const source = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "google/protobuf/timestamp.proto";
option (eventcontracts.v1.topic) = {name: "orders"};

option (eventcontracts.v1.topic) = {name: "people"};

message Order {
  option (eventcontracts.v1.event) = {topic: "orders" key: "buyer.id"};
  option (buf.validate.message).cel = {id: "a" message: "of the message" expression: "true"};
  string id = 1 [(buf.validate.field).required = true, (eventcontracts.v1.field).default = "x"];
  Buyer buyer = 2;
  map<string, Line> lines = 3;
  repeated Order parts = 4;
}
message Buyer {
  string id = 1;
  string name = 2 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  string code = 3 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  string city = 4 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_INTERNAL];
  string page = 5 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PUBLIC];
}
message Line {
  google.protobuf.Timestamp at = 1;
  string note = 2 [(buf.validate.field).cel = {id: "b" message: "of a field" expression: "true"}];
}
message Sealed {
  Buyer buyer = 1 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
}
message Shapes {
  string a = 1;
  repeated string b = 2;
  map<string, int32> c = 3;
  map<string, int64> d = 4;
  map<int32, int32> e = 5;
  Line f = 6;
}
`

// shop is the source, compiled.
func shop(t *testing.T) protoreflect.FileDescriptor {
	t.Helper()
	f, err := contracttest.Compile(t, map[string]string{"shop.proto": source}).FindFileByPath("shop.proto")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// withoutPositions is a file as an image without source information has it.
func withoutPositions(t *testing.T, f protoreflect.FileDescriptor) protoreflect.FileDescriptor {
	t.Helper()
	bare := protodesc.ToFileDescriptorProto(f)
	bare.SourceCodeInfo = nil
	out, err := protodesc.NewFile(bare, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func message(t *testing.T, name protoreflect.Name) protoreflect.MessageDescriptor {
	t.Helper()
	return shop(t).Messages().ByName(name)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	order, buyer := message(t, "Order"), message(t, "Buyer")
	if !descriptor.IsEvent(order) || descriptor.IsEvent(buyer) {
		t.Errorf("IsEvent(Order) = %t, IsEvent(Buyer) = %t, want true, false", descriptor.IsEvent(order), descriptor.IsEvent(buyer))
	}
	if got := descriptor.Event(order).GetKey(); got != "buyer.id" {
		t.Errorf("key = %q", got)
	}
	if descriptor.Event(buyer) != nil {
		t.Error("a message without the option has one")
	}
	var topics []string
	for _, o := range descriptor.Topics(order.ParentFile()) {
		topics = append(topics, o.GetName())
	}
	if diff := cmp.Diff([]string{"orders", "people"}, topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	id, parts := order.Fields().ByName("id"), order.Fields().ByName("parts")
	if got := descriptor.Field(id).GetDefault(); got != "x" || descriptor.Field(parts) != nil {
		t.Errorf("default of id = %q, options of parts = %v", got, descriptor.Field(parts))
	}
	if !descriptor.Rules(id).GetRequired() || descriptor.Rules(parts) != nil || descriptor.MessageRules(buyer) != nil {
		t.Error("rules are not those of the source")
	}
	var texts []string
	for _, r := range descriptor.Expressions(order) {
		texts = append(texts, r.GetId()+" "+r.GetMessage())
	}
	if diff := cmp.Diff([]string{"a of the message", "b of a field"}, texts); diff != "" {
		t.Errorf("rules in CEL (-want +got):\n%s", diff)
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	order, line := message(t, "Order"), message(t, "Line")
	var names []string
	for m := range descriptor.Messages(order) {
		names = append(names, string(m.FullName()))
	}
	want := []string{"shop.v1.Order", "shop.v1.Buyer", "shop.v1.Line", "google.protobuf.Timestamp"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("Messages(Order) (-want +got):\n%s", diff)
	}
	const timestamp = "google.protobuf.Timestamp"
	for m := range descriptor.Messages(order) {
		if m.FullName() == "shop.v1.Buyer" {
			break // an early end is taken
		}
	}
	if !descriptor.ReachesType(order, timestamp) || !descriptor.ReachesType(order, "shop.v1.Order") || descriptor.ReachesType(message(t, "Buyer"), timestamp) {
		t.Error("ReachesType differs from the source")
	}
	if !descriptor.Recursive(order) || descriptor.Recursive(line) {
		t.Errorf("Recursive(Order) = %t, Recursive(Line) = %t, want true, false", descriptor.Recursive(order), descriptor.Recursive(line))
	}
}

func TestSensitivity(t *testing.T) {
	t.Parallel()
	order, buyer, sealed := message(t, "Order"), message(t, "Buyer"), message(t, "Sealed")
	for name, want := range map[protoreflect.Name]bool{"id": false, "name": true, "code": true, "city": false, "page": false} {
		if got := descriptor.Sensitive(buyer.Fields().ByName(name)); got != want {
			t.Errorf("Sensitive(%s) = %t, want %t", name, got, want)
		}
	}
	if !descriptor.ReachesSensitive(order) || descriptor.ReachesSensitive(message(t, "Line")) {
		t.Error("ReachesSensitive differs from the source")
	}
	for _, row := range []struct {
		m    protoreflect.MessageDescriptor
		path string
		want bool
	}{
		{order, "buyer.id", false},
		{order, "buyer.name", true},
		{sealed, "buyer.id", true},
		{order, "", false},
		{order, "gone.id", false},
		{order, "id.more", false},
	} {
		if got := descriptor.PassesSensitive(row.m, row.path); got != row.want {
			t.Errorf("PassesSensitive(%s, %q) = %t, want %t", row.m.Name(), row.path, got, row.want)
		}
	}
}

func TestSameShape(t *testing.T) {
	t.Parallel()
	fields := message(t, "Shapes").Fields()
	for i := range fields.Len() {
		for j := range fields.Len() {
			a, b := fields.Get(i), fields.Get(j)
			if got := descriptor.SameShape(a, b); got != (i == j) {
				t.Errorf("SameShape(%s, %s) = %t", a.Name(), b.Name(), got)
			}
		}
	}
}

func TestTypeName(t *testing.T) {
	t.Parallel()
	fields := message(t, "Shapes").Fields()
	var names []string
	for i := range fields.Len() {
		names = append(names, descriptor.TypeName(fields.Get(i)))
		for j := range fields.Len() {
			if got := descriptor.SameType(fields.Get(i), fields.Get(j)); got != (i == j) {
				t.Errorf("SameType(%s, %s) = %t", fields.Get(i).Name(), fields.Get(j).Name(), got)
			}
		}
	}
	slices.Sort(names)
	want := []string{"map<int32, int32>", "map<string, int32>", "map<string, int64>", "repeated string", "shop.v1.Line", "string"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	f := shop(t)
	for name, row := range map[string]struct{ got, want int }{
		"message": {descriptor.Line(f.Messages().ByName("Order")), 10},
		"field":   {descriptor.Line(f.Messages().ByName("Order").Fields().ByName("id")), 13},
		"topic 0": {descriptor.TopicLine(f, 0), 6},
		"topic 1": {descriptor.TopicLine(f, 1), 8},
		"topic 2": {descriptor.TopicLine(f, 2), 0},
	} {
		if row.got != row.want {
			t.Errorf("line of the %s = %d, want %d", name, row.got, row.want)
		}
	}
	bare := withoutPositions(t, f)
	if got := descriptor.Line(bare.Messages().Get(0)) + descriptor.TopicLine(bare, 0); got != 0 {
		t.Errorf("without positions a line is %d, want 0", got)
	}
}

// An edition has no keyword optional: its fields could have no default.
func TestOptional(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{
		"two.proto":   `syntax = "proto2"; package two; message M { optional string yes = 1; required string no = 2; repeated string list = 3; oneof o { string choice = 4; } optional M part = 5; }`,
		"three.proto": `syntax = "proto3"; package three; message M { optional string yes = 1; string no = 2; repeated string list = 3; oneof o { string choice = 4; } M part = 5; map<string, string> map = 6; }`,
		"edition.proto": `edition = "2023"; package edition; message M { string yes = 1; string no = 2 [features.field_presence = LEGACY_REQUIRED]; repeated string list = 3;
  oneof o { string choice = 4; } M part = 5; map<string, string> map = 6; string implicit = 7 [features.field_presence = IMPLICIT]; }`,
	})
	want := map[protoreflect.Name]bool{"yes": true, "part": true}
	for _, name := range []string{"two.M", "three.M", "edition.M"} {
		fields := contracttest.Message(t, files, name).Fields()
		for i := range fields.Len() {
			if fd := fields.Get(i); descriptor.Optional(fd) != want[fd.Name()] {
				t.Errorf("Optional(%s) = %t", fd.FullName(), !want[fd.Name()])
			}
		}
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for pkg, want := range map[protoreflect.FullName]int{"a.v1": 1, "v12": 12, "a.v0": 0, "a.v01": 0, "a.v1beta1": 0, "a": 0, "a.v": 0, "a.v100000": 100000, "a.v1000000": 0} {
		if got, ok := descriptor.Major(pkg); got != want || ok != (want > 0) {
			t.Errorf("Major(%s) = %d, %t", pkg, got, ok)
		}
	}
	f := shop(t)
	if got := descriptor.WireType(message(t, "Order")); got != "Order" {
		t.Errorf("WireType = %q", got)
	}
	if events := descriptor.Events(f.Messages()); len(events) != 1 || events[0].Name() != "Order" {
		t.Errorf("Events = %v", events)
	}
}
