package event_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// message finds a compiled message and makes an empty one.
func message(t testing.TB, files *protoregistry.Files, name string) *dynamicpb.Message {
	t.Helper()
	return dynamicpb.NewMessage(contracttest.Message(t, files, name))
}

const (
	imports = `syntax = "proto3"; import "buf/validate/validate.proto"; import "eventcontracts/v1/options.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/duration.proto"; `
	orders  = `name: "orders" partitions: 1 replicas: 1 retention: "7d"`
	placed  = `topic: "orders" key: "id" owner: "o"`
	id      = `string id = 1 [(buf.validate.field).string.uuid = true];`
)

// contract is a file whose topic is on line 3, whose event A is on line 4 and
// whose fields begin on line 6. In place of a topic it takes the import of the file
// that declares it.
func contract(pkg, topic, option, fields string) string {
	imports := imports
	if strings.HasPrefix(topic, "import ") {
		imports, topic = imports+topic, ""
	}
	s := imports + "\npackage " + pkg + ";\n"
	if topic != "" {
		s += "option (eventcontracts.v1.topic) = {" + topic + "};"
	}
	return s + "\nmessage A {\noption (eventcontracts.v1.event) = {" + option + "};\n" + fields + "\n}\n"
}

// edition is a contract in edition 2023, whose key is required as it needs to be there.
func edition(fields string) string {
	s := contract("shop.v1", orders, placed, `string id = 1 [(buf.validate.field).required = true, (buf.validate.field).string.uuid = true];`+"\n"+fields)
	return strings.Replace(s, `syntax = "proto3"`, `edition = "2023"`, 1)
}

func TestWrongContracts(t *testing.T) {
	t.Parallel()
	type files = map[string]string
	one := func(topic, option, fields string) files {
		return files{"x.proto": contract("shop.v1", topic, option, fields)}
	}
	about := func(option string) files { return one(orders, option, id) }
	topic := func(option string) files { return one(option, placed, id) }
	field := func(more string) files { return one(orders, placed, id+"\n"+more) }
	key := func(path, fields string) files {
		return one(orders, `topic: "orders" owner: "o" key: "`+path+`"`, fields)
	}
	major := func(one, two string) files {
		return files{
			"x.proto": contract("shop.v1", orders, placed, one),
			"y.proto": contract("shop.v2", `import "x.proto";`, placed+` from_previous: CONVERSION_BY_NAME`, two),
		}
	}
	const required = `[(buf.validate.field).required = true]`
	wrappers := func(rule string) files {
		s := contract("shop.v1", orders, placed, id+"\nrepeated google.protobuf.StringValue s = 2 [(buf.validate.field)."+rule+"];")
		return files{"x.proto": strings.Replace(s, "package ", `import "google/protobuf/wrappers.proto"; package `, 1)}
	}
	// accept is a field with rules for writers, and others for its readers.
	accept := func(declaration, own, readers string) string {
		return declaration + ` = 2 [(buf.validate.field).` + own + `, (eventcontracts.v1.field).accept.` + readers + `];`
	}
	rows := []struct {
		name  string
		files files
		want  []string // of each error: where, and a part of the text
	}{
		{"sound", about(placed), nil},

		// The event's options.
		{"no topic", about(`key: "id" owner: "o"`), []string{`x.proto:4: A: no topic: declare it`}},
		{"undeclared topic", about(`topic: "order" key: "id" owner: "o"`), []string{`x.proto:4: A: topic "order" is not declared (there are: orders): declare it once with the file option`}},
		{"topic of a file that is not imported", files{"x.proto": contract("shop.v1", orders, placed, id), "y.proto": contract("pay.v1", "", placed+` type: "B"`, id)}, []string{
			`y.proto:4: A: topic "orders" is declared in x.proto, which this file does not import: a service that links the event alone would not know the topic: add import "x.proto"`,
		}},
		{"topic of another file of the package", files{"x.proto": contract("shop.v1", orders, placed, id), "y.proto": strings.Replace(contract("shop.v1", "", placed, id), "message A", "message B", 1)}, nil},
		{"topic of a file that an import imports", files{
			"x.proto": contract("shop.v1", orders, placed, id), "y.proto": `syntax = "proto3"; import "x.proto"; package y.v1; message P {}`,
			"z.proto": contract("pay.v1", `import "y.proto";`, placed+` type: "B"`, id),
		}, nil},
		{"no owner", about(`topic: "orders" key: "id"`), []string{`x.proto:4: A: no owner: name the team`}},
		{"no major", files{"x.proto": contract("shop", orders, placed, id)}, []string{`x.proto:4: A: package "shop" does not end in a major version: end it in ".v1"`}},
		{"major 0", files{"x.proto": contract("shop.v0", orders, placed, id)}, []string{`does not end in a major version`}},
		{"major v1beta1", files{"x.proto": contract("shop.v1beta1", orders, placed, id)}, []string{`does not end in a major version`}},
		{"revision", about(placed + ` revision: 4294967295`), []string{`x.proto:4: A: revision 4294967295 is out of range: count from 0`}},
		{"type", about(placed + ` type: "a b"`), []string{`x.proto:4: A: type "a b" is not a name for an event on the wire: use 1 to 200 letters`}},
		{"type too long", about(placed + ` type: "` + strings.Repeat("x", 201) + `"`), []string{`is not a name for an event on the wire`}},
		{"no date", about(placed + ` deprecated: {since: "soon" sunset: ""}`), []string{
			`x.proto:4: A: deprecated.since "soon" is not a date: write`, `x.proto:4: A: deprecated.sunset "" is not a date: write`,
		}},
		{"sunset first", about(placed + ` deprecated: {since: "2026-02-01" sunset: "2026-01-31"}`), []string{`deprecated.sunset 2026-01-31 is before since, 2026-02-01`}},
		{"rule that does not compile", field(`string s = 2 [(buf.validate.field).cel = {id: "x" expression: "this.nope > 1"}];`), []string{`x.proto:4: A: the buf.validate rules of shop.v1.A do not compile: `}},
		{"rule of another type", field(`string s = 2 [(buf.validate.field).int32.gt = 1];`), []string{`x.proto:4: A: the buf.validate rules of shop.v1.A do not compile: `}},
		{"rule that costs the square of a field", field(`repeated string s = 2 [(buf.validate.field).cel = {id: "once" expression: "this.all(x, this.exists_one(y, y == x))"}];`), []string{
			`x.proto:4: A: rule "once" of shop.v1.A.s costs more than the payload is long: it looks at all of one part for each element or character of another: look at each part once, as in this.items.map(x, x.id).unique(), or check it in the handler`,
		}},
		{"rule of a message that costs the square of it", field(`repeated P p = 2; message P { option (buf.validate.message).cel_expression = "this.s.all(x, x in this.s)"; repeated string s = 1; }`), []string{
			`x.proto:4: A: rule "this.s.all(x, x in this.s)" of shop.v1.A.P costs more than the payload is long: `,
		}},
		{"rule that depends on now", field(`google.protobuf.Timestamp s = 2 [(buf.validate.field).timestamp.lt_now = true];`), []string{
			`x.proto:4: A: rule "timestamp.lt_now" of shop.v1.A.s depends on the time at which it is asked: a record that it accepts today it may refuse when the record is read again: compare with another field of the event`,
		}},
		{"rule that depends on now in a part", field(`P p = 2; message P { option (buf.validate.message).cel_expression = "this.s > now"; google.protobuf.Timestamp s = 1; }`), []string{`x.proto:4: A: rule "this.s > now" of shop.v1.A.P depends on the time`}},
		{"rules that cost what a field is long", field(`repeated string s = 2 [(buf.validate.field).cel = {id: "once" message: "once" expression: "this.unique() && this.all(x, x != '')"}];`), nil},
		{"rule in a part that does not compile", field(`P p = 2; message P { string s = 1 [(buf.validate.field).int32.gt = 1]; }`), []string{`x.proto:4: A: the buf.validate rules of shop.v1.A.P do not compile: `}},
		{"several at once", one(orders, ``, `string source = 1;`), []string{`no owner`, `no topic`, `no key`, `x.proto:6: A: field "source" has the name of a metadata field`}},

		// The key.
		{"no key", about(`topic: "orders" owner: "o"`), []string{`x.proto:4: A: no key: name the key field in (event).key, or say unkeyed: true`}},
		{"key and unkeyed", about(placed + ` unkeyed: true`), []string{`it has a key and says that it is unkeyed: keep one`}},
		{"key missing", key("nope", id), []string{`x.proto:4: A: key "nope": A has no field "nope": name an existing field`}},
		{"key path missing", key("p.nope", `P p = 1 `+required+`; message P {}`), []string{`key "p.nope": P has no field "nope"`}},
		{"key path through a scalar", key("id.x", id), []string{`"id" is not a message: end the path there`}},
		{"key path empty part", key("id.", id), []string{`key "id."`}},
		{"key is a message", key("p", `P p = 1 `+required+`; message P {}`), []string{`"p" is not a scalar: name a field of a scalar type`}},
		{"key is a list", key("p", `repeated string p = 1;`), []string{`"p" may have several values, or none`}},
		{"key is a map", key("p", `map<string, string> p = 1;`), []string{`"p" may have several values, or none`}},
		{"key in a oneof", key("p", `oneof o { string p = 1 [(buf.validate.field).string.uuid = true]; string q = 2; }`), []string{`"p" may have several values, or none`}},
		{"key parent may be absent", key("p.id", `P p = 1; message P { `+id+` }`), []string{`"p" may be absent: make it required`}},
		{"key may be empty", key("id", `string id = 1;`), []string{`key "id": "id" may be empty: give it a rule`}},
		{"key rule switched off", key("id", `string id = 1 [(buf.validate.field).string.uuid = false];`), []string{`"id" may be empty`}},
		{"key rule that takes the empty text", key("id", `string id = 1 [(buf.validate.field).string.uri_ref = true];`), []string{`"id" may be empty`}},
		{"key rule ignored", key("id", `string id = 1 [(buf.validate.field).string.uuid = true, (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE];`), []string{`"id" may be empty`}},
		{"key optional", key("id", `optional string id = 1 [(buf.validate.field).string.uuid = true];`), []string{`"id" may be empty`}},
		{"key required and empty", key("id", `optional string id = 1 `+required+`;`), []string{`"id" may be empty`}},
		{"key bytes", key("id", `bytes id = 1;`), []string{`"id" may be empty`}},
		{"key one of with the empty text", key("id", `string id = 1 [(buf.validate.field).string = {in: ["", "a"]}];`), []string{`"id" may be empty`}},
		{"key pattern is sound", key("id", `string id = 1 [(buf.validate.field).string.pattern = "^[a-z]+$"];`), nil},
		{"key expression is sound", key("id", `string id = 1 [(buf.validate.field).cel = {id: "x" message: "m" expression: "this != ''"}];`), nil},
		{"key required is sound", key("id", `string id = 1 `+required+`;`), nil},
		{"key number is sound", key("id", `int64 id = 1;`), nil},
		{"key nested is sound", key("p.id", `P p = 1 `+required+`; message P { `+id+` }`), nil},
		{
			"secret key in a header", one(orders+" format: FORMAT_CLOUDEVENTS_BINARY", placed,
				`string id = 1 [(buf.validate.field).string.uuid = true, (eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];`),
			[]string{`x.proto:4: A: key "id": "id" is personal or secret`},
		},

		// Fields.
		{"reserved", field(`string data = 2;`), []string{`x.proto:7: A: field "data" has the name of a metadata field: give it another name`}},
		{"reserved JSON name", field(`string d = 2 [json_name = "event_id"];`), []string{`field "d" has the name of a metadata field`}},
		{"accept", field(accept(`string s`, `string.max_len = 9`, `string.max_len = 10`)), nil},
		{"accept of the same", field(accept(`string s`, `string.pattern = "^a"`, `string.pattern = "^a"`)), nil},
		{"accept without a rule that cannot be compared", field(accept(`string s`, `string = {pattern: "^a", max_len: 5}`, `string.max_len = 5`)), nil},
		{"accept without required", field(accept(`optional string s`, `required = true`, `string = {}`)), nil},
		{"accept narrower", field(accept(`string s`, `string.max_len = 10`, `string.max_len = 9`)), []string{`x.proto:7: A: field "s": accept demands at most 9 characters (string.max_len), and the field's own rules do not: readers would refuse "aaaaaaaaaa": make accept at least as wide`}},
		{"accept of a field without rules", field(`string s = 2 [(eventcontracts.v1.field).accept.string.max_len = 9];`), []string{`field "s": accept demands at most 9 characters`}},
		{"accept in a part", field("P p = 2; message P {\nstring s = 2 [(eventcontracts.v1.field).accept.string.max_len = 9]; }"), []string{`x.proto:8: P: field "s": accept demands at most 9`}},
		{"accept of elements", field(accept(`repeated int32 s`, `repeated.items.int32.gte = 0`, `repeated.items.int32.gte = 1`)), []string{`field "s": accept demands at least 1 (repeated.items.int32.gte)`}},
		{"accept required", field(accept(`optional string s`, `string.max_len = 9`, `required = true`)), []string{`field "s": accept refuses records without the field, which its own rules accept: make accept`}},
		{"accept with another pattern", field(accept(`string s`, `string.pattern = "^[a-z]+$"`, `string.pattern = "^[a-z0-9]+$"`)), []string{`field "s": accept demands matching ^[a-z0-9]+$ (string.pattern), and that whatever the field's own rules accept does so cannot be proved: leave that rule out of accept`}},
		{"accept looks into what is ignored", field(accept(`P s`, `ignore = IGNORE_ALWAYS`, `required = false`) + ` message P { string t = 1 [(buf.validate.field).string.min_len = 1]; }`), []string{`field "s": accept looks into messages that the field's own rules ignore: give accept the same ignore`}},
		{"accept of another type", field(accept(`string s`, `string.max_len = 9`, `int32.lt = 9`)), []string{`the buf.validate rules of shop.v1.A do not compile`, `field "s": accept demands`}},
		{"accept that costs too much", field(accept(`repeated int32 s`, `required = true`, `cel_expression = "this.all(x, this.exists_one(y, y == x))"`)), []string{`costs more than the payload is long`}},
		{"accept that asks the clock", field(accept(`google.protobuf.Timestamp s`, `timestamp.gt_now = true`, `timestamp = {}`)), []string{`depends on the time at which it is asked`}},
		{"accept alone asks the clock", field(accept(`google.protobuf.Timestamp s`, `timestamp.const = {seconds: 7}`, `timestamp.lt_now = true`)), []string{`depends on the time at which it is asked`, `accept demands compared with the time`}},
		{"rules of a list of wrappers", wrappers(`repeated.max_items = 3`), []string{`field "s": min_items, max_items and unique of a list of wrappers are not checked: make it a list of the wrapped type`}},
		{"rules of wrappers in a list", wrappers(`repeated.items.string.max_len = 3`), nil},
		{"an expression about a list of wrappers", wrappers(`cel_expression = "this.size() <= 3"`), nil},
		{"default on a list", field(`repeated string s = 2 [(eventcontracts.v1.field).default = "x"];`), []string{`x.proto:7: A: field "s": a default needs a singular optional scalar or enum`}},
		{"default on a message", field(`google.protobuf.Timestamp s = 2 [(eventcontracts.v1.field).default = "x"];`), []string{`a default needs`}},
		{"default without optional", field(`string s = 2 [(eventcontracts.v1.field).default = "x"];`), []string{`a default needs`}},
		{"default in a oneof", field(`oneof o { string s = 2 [(eventcontracts.v1.field).default = "x"]; }`), []string{`a default needs`}},
		{"default in an edition", files{"x.proto": edition(`string s = 2 [(eventcontracts.v1.field).default = "x"];`)}, nil},
		{"default of an enum in an edition", files{"x.proto": edition(`E s = 2 [(eventcontracts.v1.field).default = "B"]; enum E { A0 = 0; B = 1; }`)}, nil},
		{"default in an edition, implicit", files{"x.proto": edition(`string s = 2 [features.field_presence = IMPLICIT, (eventcontracts.v1.field).default = "x"];`)}, []string{`field "s": a default needs a singular optional scalar or enum: make it optional (in an edition: of explicit presence)`}},
		{"default in an edition, required", files{"x.proto": edition(`string s = 2 [features.field_presence = LEGACY_REQUIRED, (eventcontracts.v1.field).default = "x"];`)}, []string{`a default needs a singular optional`}},
		{"default in an edition, list", files{"x.proto": edition(`repeated string s = 2 [(eventcontracts.v1.field).default = "x"];`)}, []string{`a default needs a singular optional`}},
		{"default in an edition, oneof", files{"x.proto": edition(`oneof o { string s = 2 [(eventcontracts.v1.field).default = "x"]; }`)}, []string{`a default needs a singular optional`}},
		{"default in an edition, wrong", files{"x.proto": edition(`string s = 2 [(buf.validate.field).string.max_len = 2, (eventcontracts.v1.field).default = "xyz"];`)}, []string{`default "xyz" breaks the field's own rules`}},
		{"default and required", field(`optional string s = 2 [(buf.validate.field).required = true, (eventcontracts.v1.field).default = "x"];`), []string{`a required field has no default`}},
		{"default no number", field(`optional int32 s = 2 [(eventcontracts.v1.field).default = "x"];`), []string{`default "x" is not a literal of type int32: write the default as a proto2 literal`}},
		{"default out of range", field(`optional int32 s = 2 [(eventcontracts.v1.field).default = "2147483648"];`), []string{`is not a literal of type int32`}},
		{"default negative", field(`optional uint64 s = 2 [(eventcontracts.v1.field).default = "-1"];`), []string{`is not a literal of type uint64`}},
		{"default no bool", field(`optional bool s = 2 [(eventcontracts.v1.field).default = "yes"];`), []string{`is not a literal of type bool`}},
		{"default not finite", field(`optional double s = 2 [(eventcontracts.v1.field).default = "nan"];`), []string{`is not a literal of type double`}},
		{"default no enum value", field(`optional E s = 2 [(eventcontracts.v1.field).default = "B"]; enum E { A0 = 0; }`), []string{`default "B" is not a value of shop.v1.A.E`}},
		{"default no bytes", field(`optional bytes s = 2 [(eventcontracts.v1.field).default = "\\q"];`), []string{`is not a literal of type bytes`}},
		{"default breaks a rule", field(`optional string s = 2 [(buf.validate.field).string.max_len = 2, (eventcontracts.v1.field).default = "xyz"];`), []string{`x.proto:7: A: field "s": default "xyz" breaks the field's own rules (string.max_len): give a default that they accept`}},
		{"default outside the set", field(`optional int32 s = 2 [(buf.validate.field).int32 = {in: [1, 2]}, (eventcontracts.v1.field).default = "3"];`), []string{`breaks the field's own rules (int32.in)`}},
		{"default breaks an expression", field(`optional int32 s = 2 [(buf.validate.field).cel = {id: "even" message: "m" expression: "this % 2 == 0"}, (eventcontracts.v1.field).default = "3"];`), []string{`breaks the field's own rules (even)`}},
		{"default sound", field(`optional bytes s = 2 [(buf.validate.field).bytes.len = 2, (eventcontracts.v1.field).default = "\\001a"];`), nil},

		// Topics.
		{"topic name", topic(`name: "or ders" partitions: 1 replicas: 1 retention: "7d"`), []string{`x.proto:4: A: topic "orders" is not declared (there are: or ders)`, `x.proto:3: topic "or ders": not a Kafka topic name: use 1 to 249 letters`}},
		{"topic without a name", one(`partitions: 1 replicas: 1 retention: "7d"`, `key: "id" owner: "o"`, id), []string{`x.proto:4: A: no topic`, `x.proto:3: topic "": no name: give it`}},
		{"topic dots", one(`name: ".." partitions: 1 replicas: 1 retention: "7d"`, `topic: ".." key: "id" owner: "o"`, id), []string{`topic "..": not a Kafka topic name`}},
		{"topic name too long", one(`name: "`+strings.Repeat("x", 250)+`" partitions: 1 replicas: 1 retention: "7d"`, `topic: "`+strings.Repeat("x", 250)+`" key: "id" owner: "o"`, id), []string{`not a Kafka topic name`}},
		{"topic twice", files{"x.proto": contract("shop.v1", orders, placed, id), "y.proto": imports + "package y.v1;\noption (eventcontracts.v1.topic) = {" + orders + "};"}, []string{`y.proto:2: topic "orders": declared twice, also in x.proto: keep one declaration and import its file`}},
		{"topic names that collide", files{"x.proto": contract("shop.v1", `name: "a.b" partitions: 1 replicas: 1 retention: "7d"`, `topic: "a.b" key: "id" owner: "o"`, id), "y.proto": imports + "package y.v1;\noption (eventcontracts.v1.topic) = {" + strings.Replace(orders, "orders", "a_b", 1) + "};"}, []string{`y.proto:2: topic "a_b": its name and that of "a.b", declared in x.proto, differ only in '.' and '_', which Kafka refuses: rename one`}},
		{"kubernetes name", topic(orders + ` kubernetes_name: "Orders"`), []string{`x.proto:3: topic "orders": kubernetes_name "Orders" is not an RFC 1123 name`}},
		{"partitions", topic(`name: "orders" replicas: 1 retention: "7d"`), []string{`0 partitions: give at least 1`}},
		{"replicas", topic(`name: "orders" partitions: 1 replicas: -1 retention: "7d"`), []string{`-1 replicas: give at least 1`}},
		{"max bytes", topic(orders + ` max_bytes: -1`), []string{`max_bytes -1: give a positive number`}},
		{"no retention", topic(`name: "orders" partitions: 1 replicas: 1`), []string{`no retention: say how long`}},
		{"retention", topic(`name: "orders" partitions: 1 replicas: 1 retention: "7 days"`), []string{`retention: "7 days" is not a duration: write a whole number and ms, s, m, h, d or w`}},
		{"retention zero", topic(`name: "orders" partitions: 1 replicas: 1 retention: "0d"`), []string{`"0d" is not a duration`}},
		{"retention negative", topic(`name: "orders" partitions: 1 replicas: 1 retention: "-1d"`), []string{`"-1d" is not a duration`}},
		{"retention huge", topic(`name: "orders" partitions: 1 replicas: 1 retention: "36501d"`), []string{`"36501d" is more than 36500 days`}},
		{"retention overflow", topic(`name: "orders" partitions: 1 replicas: 1 retention: "99999999999999999999w"`), []string{`is not a duration`}},
		{"segment", topic(orders + ` segment: "1"`), []string{`segment: "1" is not a duration`}},
		{"segment unlimited", topic(orders + ` segment: "unlimited"`), []string{`segment cannot be unlimited`}},
		{"dlq retention", topic(orders + ` dlq_retention: "x"`), []string{`dlq_retention: "x" is not a duration`}},
		{"header copy", topic(orders + ` headers: HEADER_COPY_UNSPECIFIED`), []string{`headers: 0 does not name any metadata`}},
		{"config repeats", topic(orders + ` config: {key: "retention.ms" value: "1"}`), []string{`config repeats "retention.ms": set the field retention instead`}},
		{"config unknown", topic(orders + ` config: {key: "retention" value: "1"}`), []string{`config "retention" is not a Kafka topic setting`}},
		{"config value", topic(orders + ` config: {key: "flush.ms" value: "soon"}`), []string{`config "flush.ms" cannot be "soon": give a value that Kafka takes for it`}},
		{"config word", topic(orders + ` config: {key: "compression.type" value: "rar"}`), []string{`config "compression.type" cannot be "rar"`}},
		{"config ratio", topic(orders + ` config: {key: "min.cleanable.dirty.ratio" value: "1.1"}`), []string{`cannot be "1.1"`}},
		{"config replicas", topic(orders + ` config: {key: "min.insync.replicas" value: "2"}`), []string{`config min.insync.replicas is 2, of 1 replicas: no write would be acknowledged`}},
		{"compaction with two types", files{
			"x.proto": contract("shop.v1", orders+` cleanup: CLEANUP_COMPACT`, placed, id),
			"y.proto": contract("shop.y.v1", `import "x.proto";`, placed+` type: "B"`, id),
		}, []string{`y.proto:4: A: topic "orders" is compacted and carries A too`}},
		{"compaction with two majors is sound", files{
			"x.proto": contract("shop.v1", orders+` cleanup: CLEANUP_COMPACT`, placed, id),
			"y.proto": contract("shop.v2", `import "x.proto";`, placed+` from_previous: CONVERSION_GO`, id),
		}, nil},
		{"compaction unkeyed", one(orders+` cleanup: CLEANUP_COMPACT_DELETE`, `topic: "orders" owner: "o" unkeyed: true`, id), []string{`it is unkeyed, and topic "orders" is compacted, which needs keys`}},

		// Majors.
		{"type twice", files{"x.proto": contract("shop.v1", orders, placed, id), "y.proto": contract("y.v1", `import "x.proto";`, placed, id)}, []string{`y.proto:4: A: topic "orders" already has a A of major 1: shop.v1.A: give one of them another (event).type`}},
		{"from_previous missing", files{"x.proto": contract("shop.v1", orders, placed, id), "y.proto": contract("shop.v2", `import "x.proto";`, placed, id)}, []string{`y.proto:4: A: it does not say how major 1 converts: set (event).from_previous`}},
		{"from_previous of nothing", about(placed + ` from_previous: CONVERSION_GO`), []string{`x.proto:4: A: from_previous without an earlier major on its topic: remove it`}},
		{"other key", files{
			"x.proto": contract("shop.v1", orders, placed, id),
			"y.proto": contract("shop.v2", `import "x.proto";`, `topic: "orders" key: "no" owner: "o" from_previous: CONVERSION_GO`, `string no = 1 [(buf.validate.field).string.uuid = true];`),
		}, []string{`y.proto:4: A: its key is "no", that of major 1 is "id": keep the key`}},
		{"by name", major(id, id+`string more = 2;`), nil},
		{"by name, field gone", major(id+`string s = 2;`, id), []string{`y.proto:4: A: CONVERSION_BY_NAME from major 1 to 2: field "s" has no counterpart in shop.v2.A: make the fields`}},
		{"by name, other type", major(id+`string s = 2;`, id+`int32 s = 2;`), []string{`from major 1 to 2: field "s" changes its type`}},
		{"by name, list", major(id+`string s = 2;`, id+`repeated string s = 2;`), []string{`1 to 2: field "s" changes its type`}},
		{"by name, going up lacks what is required", major(id, id+`optional int32 s = 2 `+required+`;`), []string{`from major 1 to 2: field "s" of shop.v2.A needs a value and may get none`}},
		{"by name, going up may lack it", major(id+`optional int32 s = 2;`, id+`optional int32 s = 2 `+required+`;`), []string{`from major 1 to 2: field "s" of shop.v2.A needs a value`}},
		{"by name, a default fills it", major(id+`optional int32 s = 2 [(eventcontracts.v1.field).default = "1"];`, id+`optional int32 s = 2 `+required+`;`), nil},
		{"by name, going down lacks what was required", major(id+`string s = 2 `+required+`;`, id+`string s = 2;`), []string{`from major 2 to 1: field "s" of shop.v1.A needs a value`}},
		{"by name, part", major(id+`P p = 2; message P { string s = 1; }`, id+`P p = 2; message P { int32 s = 1; }`), []string{`1 to 2: field "s" changes its type`}},
		{"by name, part that contains itself", major(id+`P p = 2; message P { P p = 1; }`, id+`P p = 2; message P { P p = 1; }`), nil},
		{"by name, enum value gone", major(id+`E e = 2; enum E { Z = 0; Y = 1; }`, id+`E e = 2; enum E { Z = 0; X = 1; }`), []string{`from major 1 to 2: field "e": shop.v2.A.E has no value Y`}},
		{"by name, well-known type", major(id+`google.protobuf.Struct s = 2;`, id+`google.protobuf.Timestamp s = 2;`), []string{`1 to 2: field "s" changes its type`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			fds := contracttest.Compile(t, row.files)
			registry, err := event.NewRegistry(fds)
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			left := got
			for _, want := range row.want {
				i := indexOf(left, want)
				if i < 0 {
					t.Errorf("no problem has %q", want)
					continue
				}
				left = append(append([]string{}, left[:i]...), left[i+1:]...)
			}
			if len(left) > 0 {
				t.Errorf("unexpected problems %q", left)
			}
			if err == nil {
				return
			}
			if !errors.Is(err, event.ErrContract) {
				t.Errorf("%v does not match ErrContract", err)
			}
			// What NewProducer and NewConsumer ask. A program may link a major alone.
			if row.name == "from_previous of nothing" {
				return
			}
			broken := 0
			for _, name := range []string{"shop.v1.A", "shop.v2.A", "shop.y.v1.A", "pay.v1.A", "shop.A", "shop.v0.A", "shop.v1beta1.A"} {
				d, err := fds.FindDescriptorByName(protoreflect.FullName(name))
				if err != nil {
					continue
				}
				if _, err := registry.ContractOf(dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))); err != nil {
					broken++
					if !errors.Is(err, event.ErrContract) || !strings.Contains(got[0]+strings.Join(got, ""), strings.Split(err.Error(), "\n")[0]) {
						t.Errorf("ContractOf says %v", err)
					}
				}
			}
			if broken == 0 {
				t.Error("ContractOf accepts every message")
			}
		})
	}
}

func indexOf(list []string, part string) int {
	for i, s := range list {
		if strings.Contains(s, part) {
			return i
		}
	}
	return -1
}
