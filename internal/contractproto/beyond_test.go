package contractproto_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// hand is contracts as people write them, full of what no line says.
const hand = `syntax = "proto3";

package golden.v1;

import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "golden/v1/topics.proto";
import "google/protobuf/any.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Priority {
  PRIORITY_UNSPECIFIED = 0;
  PRIORITY_LOW = 1;
}

message Rules {
  option (eventcontracts.v1.event) = {topic: "golden" unkeyed: true owner: "team-golden"};
  option (buf.validate.message).cel = {id: "a.b" message: "m" expression: "this.a != this.b"};
  option (buf.validate.message).oneof = {fields: ["a", "b"] required: true};
  option deprecated = true;

  string a = 1 [(buf.validate.field).string.prefix = "x"];
  string b = 2 [(buf.validate.field).string = {min_len: 1 max_len: 5 not_in: ["q"] contains: "z"}];
  string c = 3 [(buf.validate.field).string.len = 4];
  optional string d = 4 [(buf.validate.field).required = true, (buf.validate.field).string = {min_len: 1 max_len: 1000}];
  string e = 5 [(buf.validate.field).cel = {id: "e.rule" expression: "this != 'x'"}];
  int32 f = 6;
  int32 g = 7 [(buf.validate.field).required = true];
  optional int32 h = 8 [(buf.validate.field).int32 = {gt: 10 lt: 5}];
  optional double i = 9;
  optional uint32 j = 10 [(buf.validate.field).uint32.lte = 5];
  optional float k = 11 [(buf.validate.field).float.finite = true];
  google.protobuf.Timestamp l = 12 [(buf.validate.field).timestamp.lt_now = true];
  repeated string m = 13;
  map<int32, string> n = 14 [(buf.validate.field).map = {max_pairs: 1000 values: {string: {min_len: 1 max_len: 1000}} keys: {int32: {gte: 0}}}];
  string o = 15 [deprecated = true, json_name = "ooo", (buf.validate.field).string = {min_len: 1 max_len: 1000}, (buf.validate.field).ignore = IGNORE_ALWAYS];
  string p = 16 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET, (buf.validate.field).string = {min_len: 1 max_len: 1000}];
  optional bytes q = 17 [(eventcontracts.v1.field).default = "\\x01", (buf.validate.field).bytes.max_len = 65536];
  string r = 18 [(buf.validate.field).string = {pattern: "(?P<x>a)\\/b" min_len: 1 max_len: 1000}];
  bool s = 19 [(buf.validate.field).bool.const = true];
  google.protobuf.Any t = 20 [(buf.validate.field).any.in = "type.googleapis.com/x.Y"];
  google.protobuf.StringValue u = 21;
  optional string v = 22 [(buf.validate.field).string = {min_len: 5 max_len: 2}];
}

message Shapes {
  option (eventcontracts.v1.event) = {topic: "golden" unkeyed: true owner: "team-golden"};
  reserved 3, 8 to 9;
  reserved "gone";

  enum Status {
    STATUS_UNSPECIFIED = 0;
    STATUS_OPEN = 1;
  }
  enum Odd {
    ODD_UNSPECIFIED = 0;
    ODD_TEN = 10;
    OTHER = 2 [deprecated = true];
  }
  enum Unused {
    UNUSED_UNSPECIFIED = 0;
  }
  message Item {
    string name = 1;
  }

  Status status = 2 [(buf.validate.field).enum = {defined_only: true not_in: [0]}];
  Status previous_status = 1 [(buf.validate.field).enum = {defined_only: true not_in: [0]}];
  Priority priority = 4 [(buf.validate.field).enum = {defined_only: true not_in: [0]}];
  optional Odd odd = 5;
  Item item = 6 [(buf.validate.field).required = true];
  repeated Item items = 7 [(buf.validate.field).repeated.min_items = 1];
  oneof choice {
    option (buf.validate.oneof).required = true;
    string left = 10;
    int32 right = 11;
  }
  string camelCase = 12;
  string reset = 13;
  optional Status required_status = 14 [(buf.validate.field).required = true];
}

message Alike {
  option (eventcontracts.v1.event) = {topic: "golden" unkeyed: true owner: "team-golden"};
  enum Level {
    LEVEL_UNSPECIFIED = 0;
    LEVEL_LOW = 1;
  }
  string a = 1 [(buf.validate.field).required = true, (buf.validate.field).string.max_len = 1000];
  repeated int32 b = 2 [(buf.validate.field).required = true, (buf.validate.field).repeated.max_items = 1000];
  string c = 3 [(buf.validate.field).required = true, (buf.validate.field).string.uuid = true];
  optional string d = 4 [(buf.validate.field).string = {min_len: 0 max_len: 5}];
  string e = 5 [(buf.validate.field).string = {pattern: "^a\\/b$" min_len: 1 max_len: 1000}];
  optional double f = 6 [(buf.validate.field).double = {gte: 0 lte: 1 finite: true}];
  Level level = 7 [(buf.validate.field).required = true, (buf.validate.field).enum.defined_only = true];
  optional string g = 8 [(buf.validate.field).string = {max_len: 5 uuid: false}];
}
`

// What no line says is named, whatever it is; what says the same in other words is
// not.
func TestBeyond(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{topicsFile: topics, "golden/v1/hand.proto": hand})
	var b strings.Builder
	for _, name := range []string{"Rules", "Shapes", "Alike"} {
		s, beyond := contractproto.Read(contracttest.Message(t, files, "golden.v1."+name), options)
		fmt.Fprintf(&b, "%s\n  %s\n%s\n\n", name, s, indent(beyondText(beyond)))
		if name == "Alike" && len(beyond) > 0 {
			t.Errorf("what says the same is named:\n%s", beyondText(beyond))
		}
		parse(t, s.String()) // a line that is printed can be typed
	}
	golden(t, filepath.Join("testdata", "golden", "beyond"), b.String())
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }

// Any message at all can be read: those of protobuf and of the options are not
// events, and are large and odd.
func TestReadTakesAnyMessage(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{topicsFile: topics, "golden/v1/hand.proto": hand})
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			s, beyond := contractproto.Read(m, options)
			for j := range m.Fields().Len() {
				name := string(m.Fields().Get(j).Name())
				named := s.Field(name) != nil
				for _, b := range beyond {
					named = named || b.Field == name
				}
				if !named {
					t.Errorf("%s.%s is neither said nor named", m.FullName(), name)
				}
			}
		}
		return true
	})
}
