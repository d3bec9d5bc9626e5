package contracttest

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Torture are contracts with what writers and readers may understand differently, each
// an event A in a file of its own, in one format. Fill makes messages of them.
func Torture(format string) map[string]map[string]string {
	topic := `option (eventcontracts.v1.topic) = {name: "torture" partitions: 1 replicas: 1 retention: "7d" format: ` + format + "};\n"
	const event = `option (eventcontracts.v1.event) = {topic: "torture" key: "id" owner: "o"};`
	const imports = `import "buf/validate/validate.proto"; import "eventcontracts/v1/options.proto"; import "google/protobuf/any.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/empty.proto"; import "google/protobuf/field_mask.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
package torture.v1;
` // behind the syntax
	file := func(syntax, body string) map[string]string {
		return map[string]string{"torture.proto": syntax + ";\n" + imports + topic + "message A {\n" + event + "\n" + body}
	}
	out := map[string]map[string]string{
		"proto3":  file(`syntax = "proto3"`, tortureProto3),
		"proto2":  file(`syntax = "proto2"`, tortureProto2),
		"edition": file(`edition = "2023"`, tortureEdition),
	}
	if !strings.Contains(format, "CLOUDEVENTS") {
		out["bytes as a key"] = file(`syntax = "proto3"`, `bytes id = 1 [(buf.validate.field).bytes.min_len = 1]; optional string s = 2; }`)
	}
	return out
}

const tortureProto3 = `
string id = 1 [(buf.validate.field).string.uuid = true];
double d = 2; float f = 3; int32 i32 = 4; int64 i64 = 5; uint32 u32 = 6; uint64 u64 = 7; sint64 s64 = 8; fixed64 f64 = 9; bool b = 10; string s = 11; bytes raw = 12; E e = 13;
optional double od = 14; optional int64 oi = 15; optional bool ob = 16; optional string os = 17; optional bytes oraw = 18; optional E oe = 19;
repeated double ds = 20; repeated int64 is = 21; repeated string ss = 22; repeated bytes raws = 23; repeated E es = 24; repeated P ps = 25;
map<bool, string> by_bool = 26; map<int32, E> by_i32 = 27; map<int64, double> by_i64 = 28; map<uint64, bytes> by_u64 = 29; map<string, P> by_s = 30; map<sint32, bool> by_s32 = 31; map<fixed32, int64> by_f32 = 32; map<string, string> texts = 33;
oneof one { string left = 34; P right = 35; google.protobuf.NullValue nothing = 36; google.protobuf.Value anything = 37; }
google.protobuf.Timestamp at = 38; google.protobuf.Duration took = 39; google.protobuf.Struct free = 40; google.protobuf.Value value = 41; google.protobuf.ListValue list = 42; google.protobuf.FieldMask mask = 43; google.protobuf.Any any = 44; google.protobuf.Empty empty = 45;
google.protobuf.StringValue ws = 46; google.protobuf.Int64Value wi = 47; google.protobuf.DoubleValue wd = 48; google.protobuf.BytesValue wraw = 49; google.protobuf.BoolValue wb = 50;
repeated google.protobuf.Timestamp ats = 51; repeated google.protobuf.Value values = 52; map<string, google.protobuf.Value> by_value = 53; repeated google.protobuf.Any anys = 54; repeated google.protobuf.FieldMask masks = 55; repeated google.protobuf.NullValue nulls = 56; map<string, google.protobuf.Timestamp> by_at = 57; repeated google.protobuf.Struct frees = 58; repeated google.protobuf.StringValue wss = 59;
optional google.protobuf.NullValue null = 60; A self = 61;
string renamed = 62 [json_name = "was"]; optional string camel_case = 63; optional string type = 64; optional string time = 65 [json_name = "at@"]; repeated string uuids = 66 [(buf.validate.field).repeated.items.string.uuid = true];
}
message P { optional string s = 1; P p = 2; repeated P ps = 3; google.protobuf.Timestamp at = 4; E e = 5; google.protobuf.Any any = 6; map<string, P> by = 7; optional int32 n = 8 [json_name = "number"]; google.protobuf.Struct free = 9; }
enum E { option allow_alias = true; E_UNSPECIFIED = 0; E_ONE = 1; E_EINS = 1; E_LESS = -1; }
`

const tortureProto2 = `
required string id = 1 [(buf.validate.field).string.uuid = true];
optional string s = 2 [default = "x"]; optional E e = 3 [default = E_TWO]; optional group Part = 4 { optional string s = 1; optional group Inner = 2 { optional int64 n = 1; } repeated group More = 3 { optional bytes raw = 1; } }
repeated group Line = 5 { required string sku = 1; optional P p = 2; }
repeated int32 packed = 6 [packed = true]; map<int64, P> by = 7; oneof one { P left = 8; group Right = 9 { optional string s = 1; } }
optional P p = 10; optional google.protobuf.Any any = 11; optional double d = 12; optional google.protobuf.Struct free = 13; repeated E es = 14; optional string aB = 15; optional A self = 16; optional google.protobuf.Timestamp at = 17;
extensions 100 to 199; extensions 1000 to max;
}
message P { optional string s = 1; optional group Deep = 2 { optional P p = 1; } extensions 100 to 199; }
enum E { E_TWO = 2; E_ONE = 1; }
extend A { optional string x_text = 100; optional P x_part = 101; repeated P x_parts = 102; repeated int64 x_numbers = 103; optional E x_enum = 104; optional google.protobuf.Timestamp x_at = 105; optional google.protobuf.Any x_any = 1000; optional group XGroup = 106 { optional string s = 1; } }
extend P { optional string y_text = 100; optional P y_part = 101; }
message Scope { extend A { optional bool scoped = 107; } }
`

const tortureEdition = `
string id = 1 [features.field_presence = LEGACY_REQUIRED, (buf.validate.field).string.uuid = true];
int32 n = 2; int32 implicit = 3 [features.field_presence = IMPLICIT]; string text = 4 [features.utf8_validation = NONE]; E closed = 5; F open = 6; repeated int32 expanded = 7 [features.repeated_field_encoding = EXPANDED];
P part = 8 [features.message_encoding = DELIMITED]; P p = 9 [features.message_encoding = DELIMITED]; repeated P ps = 10 [features.message_encoding = DELIMITED]; map<string, E> by = 11; Group group = 12 [features.message_encoding = DELIMITED];
oneof one { string left = 13; Group right = 14 [features.message_encoding = DELIMITED]; } google.protobuf.Any any = 15; google.protobuf.Struct free = 16; A self = 17; google.protobuf.Timestamp at = 18;
message Group { string s = 1; Group group = 2 [features.message_encoding = DELIMITED]; }
extensions 100 to 199;
}
message P { string s = 1; P p = 2; bytes raw = 3; }
enum E { option features.enum_type = CLOSED; E_ZERO = 0; E_ONE = 1; E_TWO = 2; }
enum F { F_ZERO = 0; F_ONE = 1; }
extend A { string x_text = 100; P x_part = 101 [features.message_encoding = DELIMITED]; repeated F x_enums = 102; }
`

// Normal is msg as a writer makes it: the texts of its fields of UUIDs in lower case.
func Normal(msg protoreflect.Message) {
	for _, name := range []protoreflect.Name{"id", "uuids"} {
		fd := msg.Descriptor().Fields().ByName(name)
		switch {
		case fd == nil || fd.Kind() != protoreflect.StringKind:
		case fd.IsList():
			for i := range msg.Get(fd).List().Len() {
				msg.Get(fd).List().Set(i, protoreflect.ValueOfString(strings.ToLower(msg.Get(fd).List().Get(i).String())))
			}
		default:
			msg.Set(fd, protoreflect.ValueOfString(strings.ToLower(msg.Get(fd).String())))
		}
	}
	if fd := msg.Descriptor().Fields().ByName("self"); fd != nil && msg.Has(fd) {
		Normal(msg.Get(fd).Message())
	}
}
