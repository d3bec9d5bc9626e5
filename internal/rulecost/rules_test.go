package rulecost_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/rulecost"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// order is a message with two rules in CEL: one of its own, one of a field.
const order = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Order {
  option (buf.validate.message).cel = {id: "own" message: "m" expression: %q};
  string name = 1;
  string pattern = 2;
  bytes blob = 3;
  int32 count = 4;
  repeated int32 numbers = 5;
  repeated string tags = 6;
  repeated string others = 7;
  map<string, string> labels = 8;
  map<string, Line> named = 9;
  repeated Line lines = 10;
  Line line = 11;
  google.protobuf.Timestamp at = 12;
  google.protobuf.Struct free = 13;
  google.protobuf.Value value = 14;
  google.protobuf.Any any = 15;
  google.protobuf.StringValue wrapped = 16;
  %s = 17 [(buf.validate.field)%s = {id: "field" message: "m" expression: %q}];
}
message Line { string sku = 1; int32 count = 2; repeated string tags = 3; repeated Line lines = 4; google.protobuf.Timestamp at = 5; }
`

func compile(t *testing.T, own, field, rule, expression string) protoreflect.MessageDescriptor {
	t.Helper()
	files := contracttest.Compile(t, map[string]string{"shop.proto": fmt.Sprintf(order, own, field, rule, expression)})
	d, err := files.FindDescriptorByName("shop.v1.Order")
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

// bomb compares ten numbers with each other in ten loops.
var bomb = func() string {
	const list = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
	var b strings.Builder
	for _, v := range "abcdefghij" {
		fmt.Fprintf(&b, "%s.all(%c, ", list, v)
	}
	return b.String() + "a + j >= 0" + strings.Repeat(")", 10)
}()

func TestC25_RulesOfMessages(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		expression string
		dear       bool
	}{
		// What looks at each part once.
		{`true`, false},
		{`this.count > 0 && this.count < 10 || this.name == ''`, false},
		{`has(this.line) && this.line.sku != this.name`, false},
		{`this.numbers.all(x, x > 0)`, false},
		{`this.numbers.exists(x, x == this.count)`, false},
		{`this.numbers.exists_one(x, x == 7)`, false},
		{`this.numbers.map(x, x * 2).all(x, x < 10)`, false},
		{`this.numbers.map(x, x > 0, x * 2).size() == 3`, false},
		{`this.numbers.filter(x, x > 0).size() == this.numbers.size()`, false},
		{`this.tags.unique() && this.numbers.unique()`, false},
		{`this.lines.map(l, l.sku).unique()`, false},
		{`this.lines.map(l, l.sku + '/' + string(l.count)).unique()`, false},
		{`this.lines.all(l, l.sku.size() < 10 && l.sku.matches('^[a-z]+$') && l.sku != this.name)`, false},
		{`this.lines.all(l, l.tags.all(t, t.size() > 0 && t.startsWith('a')))`, false},
		{`this.lines.all(l, l.lines.all(m, m.lines.all(n, n.tags.unique())))`, false},
		{`this.lines.all(l, l.tags.size() < 5 && l.tags.unique())`, false},
		{`this.lines.map(l, l.tags).all(t, t.all(u, u != ''))`, false},
		{`this.labels.all(k, k != '' && this.labels[k].size() < 10)`, false},
		{`this.named.all(k, this.named[k].tags.all(t, t != k))`, false},
		{`this.tags.all(t, t in this.labels)`, false},
		{`this.tags.all(t, t in ['a', 'b', 'c'])`, false},
		{`['a', 'b'].all(x, this.tags.exists(t, t == x))`, false},
		{`[1, 2, 3].all(x, [4, 5, 6].exists(y, x != y))`, false},
		// Constants alone: a rule of a few lines ran for an hour, whatever the payload was.
		{`[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].all(a, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].all(b, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].all(c, a + b + c >= 0)))`, false},
		{bomb, true},
		{`'x'.replace('x', '0123456789012345').replace('0', '0123456789012345').replace('1', '0123456789012345').replace('2', '0123456789012345').replace('3', '0123456789012345').replace('4', '0123456789012345').size() > 0`, true},
		{`this.count in this.numbers && this.name in this.tags`, false},
		{`this.numbers[0] < this.numbers[size(this.numbers) - 1]`, false},
		{`this.name.contains(this.pattern) && this.name.startsWith(this.pattern)`, false},
		{`this.name.matches('^(a+)+$') && this.name.lowerAscii() == this.name.trim()`, false},
		{`this.name.split(',').all(s, s.size() > 0 && s.matches('^[a-z]+$'))`, false},
		{`this.name.split(',').map(s, s.trim()).unique()`, false},
		{`this.tags.join(',').size() < 100`, false},
		{`this.lines.map(l, l.sku).join(', ').size() < 100`, false},
		{`this.name.replace('a', 'b') != this.name && this.name.indexOf('a') < 7`, false},
		{`'%s of %d'.format([this.name, this.count]) != ''`, false},
		{`this.name.split(this.pattern).size() > 3`, false},
		{`this.lines.all(l, '%s of %d'.format([l.sku, l.count]) != '')`, false},
		{`this.tags == this.others && this.line == this.lines[0]`, false},
		{`this.tags + this.others != []`, false},
		{`(this.tags + this.others).unique()`, false},
		{`this.name + this.pattern != '' && this.name < this.pattern`, false},
		{`this.at < now && this.at.getFullYear() > 2020 && this.at > timestamp('2020-01-01T00:00:00Z')`, false},
		{`this.count > 0 ? this.numbers.all(x, x > 0) : this.tags.all(x, x != '')`, false},
		{`this.count > 0 ? '' : 'name ' + this.name + ' is wrong'`, false},
		{`this.wrapped == 'x' || this.value == null || this.free.fields.size() > 3`, false},
		{`this.blob.size() > 3 && this.blob.startsWith(b'ab') && string(this.blob) != this.name`, false},
		{`this.name.isEmail() || this.name.isUri() || this.name.isIp() || this.name.isHostname() || this.name.isHostAndPort(true)`, false},
		{`this.tags.all(t, t.isUri()) && this.numbers.all(x, double(x).isNan() == false)`, false},
		{`this.lines.all(l, l.at < this.at)`, false},

		// What looks at one part for each of another.
		{`this.tags.all(x, this.tags.exists_one(y, y == x))`, true},
		{`this.numbers.all(x, this.numbers.exists_one(y, y == x))`, true},
		{`this.lines.all(x, this.lines.exists_one(y, y.sku == x.sku))`, true},
		{`this.lines.all(x, this.tags.exists(y, y == x.sku))`, true},
		{`this.lines.all(x, x.sku in this.tags)`, true},
		{`this.numbers.all(x, x in this.numbers)`, true},
		{`this.numbers.filter(x, this.numbers.filter(y, y == x).size() > 1).size() == 0`, true},
		{`this.numbers.map(x, this.numbers.map(y, x + y)).size() > 0`, true},
		{`this.lines.all(l, l.tags.all(x, l.tags.exists_one(y, y == x)))`, true},
		{`this.lines.all(l, l.tags.all(x, x in l.tags))`, true},
		{`this.lines.all(l, l.tags.all(x, this.tags.exists(y, y == x)))`, true},
		{`this.labels.all(k, this.labels.exists_one(l, this.labels[k] == this.labels[l]))`, true},
		{`this.labels.all(k, k in this.tags)`, true},
		{`this.named.all(k, this.named.all(l, k == l))`, true},
		{`this.named.all(k, this.named[k].tags.all(x, x in this.named[k].tags))`, true},
		{`this.numbers.all(x, this.tags.unique())`, true},
		{`this.numbers.all(x, this.name.size() > x)`, true},
		{`this.tags.all(x, this.name.contains(x))`, true},
		{`this.tags.all(x, this.name.matches('a+'))`, true},
		{`this.numbers.all(x, this.name.charAt(x) == 'a')`, true},
		{`this.numbers.all(x, this.tags == this.others)`, true},
		{`this.numbers.all(x, this.tags.join(',') != '')`, true},
		{`this.name.split(',').all(x, this.name.split(',').exists_one(y, y == x))`, true},
		{`this.tags.map(x, x + 'a').all(x, this.tags.exists(y, y == x))`, true},
		{`this.name.matches(this.pattern)`, true},
		{`this.name.replace('', this.pattern) != ''`, true},
		{`this.name.indexOf(this.pattern) > 3`, true},
		{`this.numbers.all(x, '%s'.format([this.name]) != '')`, true},
		{`this.lines.all(l, l.tags.all(t, '%s'.format([l.sku]) != t))`, true},
		{`this.tags.join(this.name).size() > 3`, true},
		{`this.free.fields.all(k, this.free.fields.exists_one(l, l == k))`, true},
		{`this.count > 0 || this.tags.all(x, this.tags.exists_one(y, y == x))`, true},
		{`this.lines[0].tags.all(x, this.lines[0].tags.exists_one(y, y == x))`, true},
	} {
		t.Run(row.expression, func(t *testing.T) {
			t.Parallel()
			got, err := rulecost.Dear(compile(t, row.expression, "string more", ".cel", "true"), protoregistry.GlobalTypes)
			if err != nil || (len(got) == 1) != row.dear {
				t.Errorf("Dear() = %v, %v, want dear: %t", got, err, row.dear)
			}
		})
	}
}

func TestC25_RulesOfFields(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		field, rule, expression string
		dear                    bool
	}{
		{"repeated string more", ".cel", `this.all(x, this.exists_one(y, y == x))`, true},
		{"repeated string more", ".cel", `this.unique() && this.all(x, x.size() > 0)`, false},
		{"repeated Line more", ".cel", `this.all(x, x.sku in this.map(y, y.sku))`, true},
		{"repeated Line more", ".repeated.items.cel", `this.tags.all(x, this.tags.exists_one(y, y == x))`, true},
		{"repeated Line more", ".repeated.items.cel", `this.tags.all(x, x != this.sku)`, false},
		{"repeated string more", ".repeated.items.cel", `this.split(',').all(x, this.contains(x))`, true},
		{"map<string, Line> more", ".cel", `this.all(k, this.exists_one(l, l == k))`, true},
		{"map<string, Line> more", ".cel", `this.all(k, this[k].sku != k)`, false},
		{"map<string, Line> more", ".map.values.cel", `this.tags.all(x, x in this.tags)`, true},
		{"map<string, Line> more", ".map.keys.cel", `this.split('.').all(x, x in this.split('.'))`, true},
		{"map<string, Line> more", ".map.keys.cel", `this.size() < 10`, false},
		{"Line more", ".cel", `this.tags.all(x, x in this.tags)`, true},
		{"google.protobuf.Struct more", ".cel", `this.fields.all(k, this.fields.all(l, k != l))`, true},
		{"string more", ".cel", `this.matches(this)`, true},
		{"int32 more", ".cel", `this > 3`, false},
	} {
		t.Run(row.field+row.rule+" "+row.expression, func(t *testing.T) {
			t.Parallel()
			m := compile(t, "true", row.field, row.rule, row.expression)
			got, err := rulecost.Dear(m, protoregistry.GlobalTypes)
			if err != nil || (len(got) == 1) != row.dear {
				t.Fatalf("Dear() = %v, %v, want dear: %t", got, err, row.dear)
			}
			if row.dear && (got[0].Field != m.Fields().ByName("more") || got[0].ID != "field" || got[0].Expression != row.expression) {
				t.Errorf("rule %+v", got[0])
			}
		})
	}
}

// Rules that contracts add to protovalidate's own are judged where they are used.
func TestC25_RulesThatContractsDeclare(t *testing.T) {
	t.Parallel()
	files := contracttest.Compile(t, map[string]string{
		"rules.proto": `syntax = "proto2"; package rules;
import "buf/validate/validate.proto";
extend buf.validate.RepeatedRules {
  optional bool each_once = 51001 [(buf.validate.predefined).cel = {id: "each_once" message: "m" expression: "!rule || this.all(x, this.exists_one(y, y == x))"}];
  optional bool none_empty = 51002 [(buf.validate.predefined).cel = {id: "none_empty" message: "m" expression: "!rule || this.all(x, x != '')"}];
}`,
		"shop.proto": `syntax = "proto3"; package shop.v1;
import "buf/validate/validate.proto";
import "rules.proto";
message Order {
  repeated string sound = 1 [(buf.validate.field).repeated.(rules.none_empty) = true];
  repeated string dear = 2 [(buf.validate.field).repeated.(rules.each_once) = true];
}`,
	})
	d, err := files.FindDescriptorByName("shop.v1.Order")
	if err != nil {
		t.Fatal(err)
	}
	got, err := rulecost.Dear(d.(protoreflect.MessageDescriptor), dynamicpb.NewTypes(files))
	if err != nil || len(got) != 1 || got[0].ID != "each_once" || got[0].Field.Name() != "dear" {
		t.Errorf("Dear() = %v, %v", got, err)
	}
}

// A record whose rule depends on now was published, and was a dead letter when a new
// group read it.
func TestRulesThatDependOnNow(t *testing.T) {
	t.Parallel()
	const file = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "google/protobuf/timestamp.proto";
import "rules.proto";
message Order {
  google.protobuf.Timestamp now = 1;
  repeated google.protobuf.Timestamp times = 2;
  %s
}
`
	const rules = `syntax = "proto2";
package rules;
import "buf/validate/validate.proto";
extend buf.validate.TimestampRules {
  optional bool recent = 2000 [(buf.validate.predefined).cel = {id: "recent" message: "m" expression: "!rule || this > now - duration('1h')"}];
  optional bool old = 2001 [(buf.validate.predefined).cel = {id: "old" message: "m" expression: "this < timestamp('2020-01-01T00:00:00Z')"}];
}
`
	for name, row := range map[string]struct {
		fields string
		want   []string // ids, or expressions without one
	}{
		"lt_now":          {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.lt_now = true];`, []string{"timestamp.lt_now"}},
		"gt_now":          {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.gt_now = true];`, []string{"timestamp.gt_now"}},
		"within":          {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.within.seconds = 60];`, []string{"timestamp.within"}},
		"two":             {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp = {lt_now: true within: {seconds: 1}}];`, []string{"timestamp.lt_now", "timestamp.within"}},
		"switched off":    {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.lt_now = false];`, nil},
		"elements":        {`repeated google.protobuf.Timestamp a = 3 [(buf.validate.field).repeated.items.timestamp.lt_now = true];`, []string{"timestamp.lt_now"}},
		"values":          {`map<string, google.protobuf.Timestamp> a = 3 [(buf.validate.field).map.values.timestamp.gt_now = true];`, []string{"timestamp.gt_now"}},
		"in a oneof":      {`oneof o { google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.gt_now = true]; }`, []string{"timestamp.gt_now"}},
		"predefined":      {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.(rules.recent) = true];`, []string{"recent"}},
		"predefined, old": {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp.(rules.old) = true];`, nil},
		"of a field":      {`google.protobuf.Timestamp a = 3 [(buf.validate.field).cel = {id: "x" expression: "this < now"}];`, []string{"x"}},
		"of a text":       {`string a = 3 [(buf.validate.field).cel_expression = "this != string(now)"];`, []string{"this != string(now)"}},
		"of the message":  {`option (buf.validate.message).cel_expression = "this.now < now";`, []string{"this.now < now"}},
		"in a macro":      {`option (buf.validate.message).cel_expression = "this.times.all(t, t < now)";`, []string{"this.times.all(t, t < now)"}},
		"range of now":    {`option (buf.validate.message).cel_expression = "[now].all(now, now == now)";`, []string{"[now].all(now, now == now)"}},
		"a field":         {`option (buf.validate.message).cel_expression = "this.times.all(t, t < this.now)";`, nil},
		"a variable":      {`option (buf.validate.message).cel_expression = "this.times.all(now, now < this.now)";`, nil},
		"a text":          {`string a = 3 [(buf.validate.field).cel = {id: "x" message: "not now" expression: "this != 'now'"}];`, nil},
		"bounds":          {`google.protobuf.Timestamp a = 3 [(buf.validate.field).timestamp = {gt: {seconds: 1} lt: {seconds: 2}}];`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := contracttest.Compile(t, map[string]string{"o.proto": fmt.Sprintf(file, row.fields), "rules.proto": rules})
			found, err := rulecost.Clocked(contracttest.Message(t, files, "shop.v1.Order"), dynamicpb.NewTypes(files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range found {
				got = append(got, cmp.Or(r.ID, r.Expression))
			}
			slices.Sort(got)
			if diff := gocmp.Diff(row.want, got); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}
