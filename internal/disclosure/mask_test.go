package disclosure_test

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

const shop = `syntax = "proto2";
package shop.v1;
import "eventcontracts/v1/options.proto";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Person {
  optional string name = 1 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  optional google.protobuf.Timestamp born = 2 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  optional google.protobuf.Duration awake = 3 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  optional Illness illness = 4 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  repeated string friends = 5 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  map<string, string> marks = 6 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  optional google.protobuf.Struct file = 7 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  optional bytes face = 8 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  optional string city = 9;
  extensions 100 to 199;
}
extend Person { optional string nickname = 100 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL]; }
enum Illness { NONE = 0; CANARY_FLU = 1; }
message Event {
  optional google.protobuf.Any detail = 1;
  repeated google.protobuf.Any details = 2;
  map<string, google.protobuf.Any> named = 3;
  optional Person person = 4;
  repeated Event parts = 5;
  optional string note = 6;
}`

// An Any was shown whatever it held, and so were extensions in it.
func TestHidden(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{"shop.proto": shop})
	types := dynamicpb.NewTypes(files)
	const person = `"name":"canary","born":"1977-07-07T07:07:07Z","awake":"777s","illness":"CANARY_FLU","friends":["canary"],"marks":{"canary":"canary"},"file":{"canary":777},"face":"Y2FuYXJ5","[shop.v1.nickname]":"canary","city":"Bonn"`
	const held = `{"@type":"type.googleapis.com/shop.v1.Person",` + person + `}`
	for name, row := range map[string]struct {
		payload string
		shown   string
	}{
		"nothing personal":     {`{"note":"Bonn"}`, "Bonn"},
		"a field":              {`{"person":{` + person + `}}`, "Bonn"},
		"deep":                 {`{"parts":[{"parts":[{"person":{` + person + `}}]}]}`, "Bonn"},
		"in an Any":            {`{"detail":` + held + `}`, "Bonn"},
		"in a list":            {`{"details":[` + held + `]}`, "Bonn"},
		"in a map":             {`{"named":{"a":` + held + `}}`, "Bonn"},
		"in an Any in an Any":  {`{"detail":{"@type":"x/shop.v1.Event","detail":` + held + `}}`, "Bonn"},
		"a well-known type":    {`{"detail":{"@type":"x/google.protobuf.Int32Value","value":4711}}`, "4711"},
		"in an Any, and outer": {`{"note":"Bonn","detail":{"@type":"x/shop.v1.Event","person":{` + person + `}}}`, "Bonn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := dynamicpb.NewMessage(contracttest.Message(t, files, "shop.v1.Event"))
			if err := (protojson.UnmarshalOptions{Resolver: types}).Unmarshal([]byte(row.payload), m); err != nil {
				t.Fatal(err)
			}
			before := proto.Clone(m)
			for seen, types := range map[string]disclosure.Types{row.shown: types, "": dynamicpb.NewTypes(&protoregistry.Files{})} {
				out, err := disclosure.JSON(m, types)
				if err != nil {
					t.Fatal(err)
				}
				text := strings.ToLower(string(out))
				for _, hidden := range []string{"canary", "777", "1977", "y2fuyxj5", "1970", `"0s"`} {
					if strings.Contains(text, hidden) {
						t.Errorf("%q is shown: %s", hidden, out)
					}
				}
				if !strings.Contains(string(out), seen) || seen == "Bonn" && name != "nothing personal" && name != "a well-known type" && strings.Count(text, `"[hidden]"`) != 9 {
					t.Errorf("%q is not shown, or not all that is hidden is told: %s", seen, out)
				}
			}
			if !proto.Equal(before, m) {
				t.Error("the message was changed")
			}
		})
	}
}

// A number that is hidden was shown as 0, a list as an empty one, and a field that may be
// absent was gone: nobody could tell it from a value.
func TestWhatIsHiddenIsNotAValue(t *testing.T) {
	t.Parallel()
	const text = `syntax = "proto3";
package shop.v1;
import "eventcontracts/v1/options.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message P {
  int32 n = 1 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  optional double d = 2 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
  bool b = 3 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  E e = 4 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  bytes raw = 5 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  repeated int64 list = 6 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  map<string, int32> map = 7 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  google.protobuf.Timestamp at = 8 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  google.protobuf.Value value = 9 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  google.protobuf.Int32Value boxed = 10 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  P part = 11 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  oneof o { int32 one = 12 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET]; string two = 13; }
  string s = 14 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
  int32 plain = 15;
  map<string, P> parts = 16;
  optional int32 gone = 17 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
}
enum E { ZERO = 0; ONE = 1; }`
	files := contracttest.Compile(t, map[string]string{"shop.proto": text})
	m := dynamicpb.NewMessage(contracttest.Message(t, files, "shop.v1.P"))
	payload := `{"n":7,"d":7,"b":true,"e":"ONE","raw":"Nzc=","list":[7],"map":{"7":7},"at":"2007-07-07T07:07:07Z","value":7,"boxed":7,"part":{"n":7},"one":7,"s":"<7>","plain":0,"parts":{"<k>":{"n":7}}}`
	if err := protojson.Unmarshal([]byte(payload), m); err != nil {
		t.Fatal(err)
	}
	got, err := disclosure.JSON(m, dynamicpb.NewTypes(files))
	const hidden = `"n":"[hidden]","b":"[hidden]","e":"[hidden]","raw":"[hidden]","list":"[hidden]","map":"[hidden]","s":"[hidden]","plain":0`
	want := `{"n":"[hidden]","d":"[hidden]","b":"[hidden]","e":"[hidden]","raw":"[hidden]","list":"[hidden]","map":"[hidden]","at":"[hidden]",` +
		`"value":"[hidden]","boxed":"[hidden]","part":"[hidden]","one":"[hidden]","s":"[hidden]","plain":0,"parts":{"<k>":{` + hidden + `,"parts":{}}}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

// Many messages within each other, each in an Any, are opened to a limit.
func TestHidingIsBounded(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{"shop.proto": shop})
	types := dynamicpb.NewTypes(files)
	payload := `{"note":"innermost"}`
	for range 30 {
		payload = `{"detail":{"@type":"x/shop.v1.Event",` + payload[1:] + `}`
	}
	m := dynamicpb.NewMessage(contracttest.Message(t, files, "shop.v1.Event"))
	if err := (protojson.UnmarshalOptions{Resolver: types}).Unmarshal([]byte(payload), m); err != nil {
		t.Fatal(err)
	}
	out, err := disclosure.JSON(m, types)
	if err != nil || strings.Contains(string(out), "innermost") || !strings.Contains(string(out), "shop.v1.Event") {
		t.Errorf("%v: %s", err, out)
	}
}

// FuzzHidden hides whatever an Any may hold: no text of a personal field is left.
func FuzzHidden(f *testing.F) {
	files := contracttest.Compile(f, map[string]string{"shop.proto": shop})
	types := dynamicpb.NewTypes(files)
	f.Add("x/shop.v1.Person", []byte("\n\x06canary"))
	f.Add("x/shop.v1.Event", []byte("\n\x20\n\x12x/shop.v1.Person\x12\x08\n\x06canary"))
	f.Add("x/nobody.Knows", []byte("canary"))
	f.Add("", []byte{0xff})
	f.Fuzz(func(t *testing.T, url string, value []byte) {
		m := dynamicpb.NewMessage(contracttest.Message(t, files, "shop.v1.Event"))
		detail := m.Descriptor().Fields().ByName("detail")
		held := m.Mutable(detail).Message()
		held.Set(held.Descriptor().Fields().ByName("type_url"), protoreflect.ValueOfString(strings.ToValidUTF8(url, "")))
		held.Set(held.Descriptor().Fields().ByName("value"), protoreflect.ValueOfBytes(value))
		text, err := disclosure.JSON(m, types)
		if err != nil {
			return // and nothing is shown
		}
		var person struct {
			Detail struct{ Name, Awake, Born string }
		}
		if json.Unmarshal(text, &person) == nil && strings.HasSuffix(url, "shop.v1.Person") {
			for _, v := range []string{person.Detail.Name, person.Detail.Awake, person.Detail.Born} {
				if v != "" && v != disclosure.Hidden {
					t.Errorf("%s", text)
				}
			}
		}
	})
}
