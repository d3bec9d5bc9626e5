package gosource_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"go/format"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
)

// messages have every kind of field, with and without presence, in lists, maps and
// oneofs, of proto3 and of editions.
func messages() []proto.Message {
	return []proto.Message{
		&todov2.TodoCreated{
			TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", Title: `Say "hello" \ wave`, Priority: proto.String("low"),
			DueDate: timestamppb.New(time.Date(2026, 12, 24, 18, 30, 0, 5000, time.UTC)), Tags: []string{"a", "ü\n"},
		},
		&notificationv1.EmailNotificationSent{},
		&timestamppb.Timestamp{Seconds: math.MaxInt64, Nanos: -1},
		durationpb.New(90 * time.Minute), durationpb.New(1500 * time.Microsecond), durationpb.New(-7), durationpb.New(0),
		&durationpb.Duration{Seconds: math.MinInt64},
		&structpb.Struct{Fields: map[string]*structpb.Value{
			"text": structpb.NewStringValue("x"), "none": structpb.NewNullValue(), "number": structpb.NewNumberValue(1e21),
			"list": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewBoolValue(true)}}),
		}},
		wrapperspb.Bytes([]byte{0, 'a', 0xff}), wrapperspb.Float(0.1), wrapperspb.Float(float32(math.Inf(-1))), wrapperspb.UInt64(math.MaxUint64),
		wrapperspb.Double(math.Copysign(0, -1)), wrapperspb.Double(math.NaN()), wrapperspb.Double(math.Inf(1)), wrapperspb.Int64(math.MinInt64),
		&validate.FieldRules{
			Required: proto.Bool(false), Ignore: validate.Ignore_IGNORE_ALWAYS.Enum(),
			Type: &validate.FieldRules_Duration{Duration: &validate.DurationRules{
				LessThan: &validate.DurationRules_Lte{Lte: durationpb.New(time.Second)}, In: []*durationpb.Duration{durationpb.New(time.Hour), {}},
			}},
		},
		&validate.FieldRules{Type: &validate.FieldRules_Bytes{Bytes: &validate.BytesRules{
			Prefix: []byte("ab"), In: [][]byte{{1}, {}}, WellKnown: &validate.BytesRules_Ip{Ip: true},
		}}},
		&validate.DoubleRules{Const: proto.Float64(1.5), In: []float64{1, 2e-9, math.NaN()}, LessThan: &validate.DoubleRules_Lt{Lt: -3}},
		&descriptorpb.FileDescriptorProto{
			Name: proto.String(""), PublicDependency: []int32{1, -2}, Edition: descriptorpb.Edition_EDITION_2023.Enum(),
			EnumType: []*descriptorpb.EnumDescriptorProto{{Value: []*descriptorpb.EnumValueDescriptorProto{{Number: proto.Int32(0)}}}},
			Options:  &descriptorpb.FileOptions{UninterpretedOption: []*descriptorpb.UninterpretedOption{{PositiveIntValue: proto.Uint64(1), DoubleValue: proto.Float64(2)}}},
		},
		&descriptorpb.FieldOptions{Targets: []descriptorpb.FieldOptions_OptionTargetType{descriptorpb.FieldOptions_TARGET_TYPE_FILE, 99}},
	}
}

// The expressions compile, and give the messages that they were made from.
func TestLiteralsAreTheirMessages(t *testing.T) {
	t.Parallel()
	var files []protoreflect.FileDescriptor
	for _, m := range messages() {
		files = append(files, m.ProtoReflect().Descriptor().ParentFile())
	}
	names := namesOf(t, "", files...)
	imports := &gosource.Imports{Reserved: []string{"main"}, Module: "github.com/eventcontracts/eventcontracts"}
	imports.Add("fmt", "")
	imports.Add("encoding/base64", "")
	imports.Add("google.golang.org/protobuf/proto", "")
	var body strings.Builder
	for _, m := range messages() {
		text, err := names.Literal(m.ProtoReflect(), imports)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&body, "print(%s)\n", text)
	}
	const program = `package main

%s
func print(m proto.Message) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	fmt.Println(base64.StdEncoding.EncodeToString(b))
}

func main() {
%s}
`
	source, err := format.Source(fmt.Appendf(nil, program, imports, body.String()))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "literals.txt", source)
	printed := strings.Split(string(run(t, source)), "\n")
	for i, want := range messages() {
		got := want.ProtoReflect().New().Interface()
		raw, err := base64.StdEncoding.DecodeString(printed[i])
		if err == nil {
			err = proto.Unmarshal(raw, got)
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform(), cmp.Comparer(func(a, b float64) bool {
			return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
		})); diff != "" {
			t.Errorf("message %d (-want +got):\n%s", i, diff)
		}
	}
}

// run runs a program as one of this module's that is on no disk.
func run(t *testing.T, source []byte) []byte {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, list := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	overlay := fmt.Sprintf("{%q: {%q: %q}}", "Replace", filepath.Join(here, "generated", "main.go"), file)
	for name, text := range map[string][]byte{file: source, list: []byte(overlay)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "run", "-overlay", list, "./generated")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, &stderr, source)
	}
	return out
}

// What no literal can say is an error, and not a message that lacks it.
func TestALiteralLeavesNothingOut(t *testing.T) {
	t.Parallel()
	unknown := &todov2.TodoCreated{Title: "x"}
	unknown.ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 1})
	for name, row := range map[string]struct {
		message proto.Message
		want    string
	}{
		"a field that the contract does not declare": {unknown, "events.todo.v2.TodoCreated has fields that its contract does not declare"},
		"a message of another file":                  {&notificationv1.EmailNotificationSent{UserId: "x"}, "events.notification.v1.EmailNotificationSent is in none of the files that the names are of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := namesOf(t, "", todov2.File_events_todo_v2_todo_created_proto)
			if _, err := names.Literal(row.message.ProtoReflect(), &gosource.Imports{}); err == nil || err.Error() != row.want {
				t.Errorf("error %v, want %s", err, row.want)
			}
		})
	}
}

// golden compares with a file of testdata; a missing one means that nothing is
// expected. UPDATE_GOLDEN=<glob> of names refreshes it, and fails all the same.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if match, err := filepath.Match(pattern, name); err != nil || match {
			if err := errors.Join(err, os.MkdirAll("testdata", 0o755), os.WriteFile(path, got, 0o644)); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", path)
			return
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
