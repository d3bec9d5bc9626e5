package eventbus

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// personal is a message with a repeated personal field.
func personal(t *testing.T, values ...string) proto.Message {
	t.Helper()
	options := &descriptorpb.FieldOptions{}
	proto.SetExtension(options, eventcontractsv1.E_Field, &eventcontractsv1.FieldOptions{
		Sensitivity: eventcontractsv1.Sensitivity_SENSITIVITY_PERSONAL,
	})
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("personal.proto"), Package: proto.String("personal"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Personal"),
			Field: []*descriptorpb.FieldDescriptorProto{{
				Name: proto.String("names"), Number: proto.Int32(1), Options: options,
				Label: descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(),
				Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
			}},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	msg := dynamicpb.NewMessage(file.Messages().Get(0))
	list := msg.Mutable(file.Messages().Get(0).Fields().Get(0)).List()
	for _, v := range values {
		list.Append(protoreflect.ValueOfString(v))
	}
	return msg
}

// A record with N equal values of one letter doubled an error's text N times:
// "[redacted]" has that letter too. A few dozen of them took all memory.
func TestG5_RedactedTextsDoNotGrowWithTheRecordsValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxShown-2)
	for _, row := range []struct {
		name, text string
		values     []string
		want       string
	}{
		{"none", "busy", nil, "busy"},
		{"no text", "", []string{"Ada"}, ""},
		{"one", "no mailbox of Ada", []string{"Ada"}, "no mailbox of [redacted]"},
		{"an empty one", "busy", []string{""}, "busy"},
		{"equal ones", "see me", slices.Repeat([]string{"e"}, 20), "s[redacted] m[redacted]"},
		{"parts of the mark", "bad red", []string{"red", "e", "d", "[redacted]"}, "ba[redacted] [redacted]"},
		{"one within another", "Ada Lovelace, Ada", []string{"Ada", "Ada Lovelace"}, "[redacted], [redacted]"},
		{"one that overlaps another", "xabcdef", []string{"xab", "abcdef"}, "[redacted]"},
		{"neighbours", "AdaBob!", []string{"Ada", "Bob"}, "[redacted]!"},
		{"one as a URL has it", "/?to=a%2Fb", []string{"a/b"}, "/?to=[redacted]"},
		{"text that is too long", long + strings.Repeat("a", 10), []string{"Ada"}, long + "aa"},
		{"a value that the end cuts", long + "Ada Lovelace", []string{"Ada Lovelace"}, long + "[r"},
		{"a mark for every second letter", strings.Repeat("a-", maxShown), []string{"a"}, strings.Repeat("[redacted]-", maxShown)[:maxShown]},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := redact(row.text, personal(t, row.values...)); got != row.want {
				t.Errorf("redact(%.80q, %.80q) is %d bytes, %.200q, want %.200q", row.text, fmt.Sprint(row.values), len(got), got, row.want)
			}
		})
	}
	if got := redact("busy", nil); got != "busy" {
		t.Errorf("without a message: %q", got)
	}
}
