package compat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// orders is an event with more fields.
func orders(fields string) string {
	return `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "google/protobuf/timestamp.proto";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 3 retention: "7d"};
// OrderPlaced is published when a customer has ordered.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-orders"};
  string id = 1 [(buf.validate.field).string.uuid = true];
  ` + fields + `
}
`
}

func TestLint(t *testing.T) {
	t.Parallel()
	rows := map[string]struct{ fields, rule, breaks string }{
		"sound":                {`string note = 2 [(buf.validate.field).string = {min_len: 1, max_len: 2}];`, "", ""},
		"bounds cross":         {`string note = 2 [(buf.validate.field).string = {min_len: 3, max_len: 2}];`, compat.ConstraintContradiction, "no value can pass the rules of note"},
		"bounds touch":         {`int32 n = 2 [(buf.validate.field).int32 = {gt: 2, lt: 3}];`, compat.ConstraintContradiction, "no value"},
		"const against in":     {`string note = 2 [(buf.validate.field).string = {const: "a", in: ["b"]}];`, compat.ConstraintContradiction, "no value"},
		"elements":             {`repeated string notes = 2 [(buf.validate.field).repeated.items.string = {min_len: 3, max_len: 2}];`, compat.ConstraintContradiction, "no element"},
		"keys":                 {`map<string, int32> m = 2 [(buf.validate.field).map.keys.string = {min_len: 3, max_len: 2}];`, compat.ConstraintContradiction, "no key"},
		"values":               {`map<string, int32> m = 2 [(buf.validate.field).map.values.int32 = {gt: 2, lt: 3}];`, compat.ConstraintContradiction, "no value of a key"},
		"now for readers":      {`google.protobuf.Timestamp at = 2 [(buf.validate.field).required = true, (eventcontracts.v1.field).accept.timestamp.lt_now = true];`, compat.TimeDependent, "a rule of at"},
		"inverted bounds":      {`int32 n = 2 [(buf.validate.field).int32 = {gt: 3, lt: 2}];`, "", ""},
		"required number":      {`int32 n = 2 [(buf.validate.field).required = true];`, compat.RequiredZero, "0 would be refused"},
		"required bool":        {`bool b = 2 [(buf.validate.field).required = true];`, compat.RequiredZero, "false would be refused"},
		"required optional":    {`optional bool b = 2 [(buf.validate.field).required = true];`, "", ""},
		"lt_now":               {`google.protobuf.Timestamp at = 2 [(buf.validate.field).timestamp.lt_now = true];`, compat.TimeDependent, "a rule of at"},
		"within":               {`google.protobuf.Timestamp at = 2 [(buf.validate.field).timestamp.within = {seconds: 5}];`, compat.TimeDependent, "a rule of at"},
		"now in an expression": {`google.protobuf.Timestamp at = 2 [(buf.validate.field).cel_expression = "this < now"];`, compat.TimeDependent, `"this < now"`},
		"now of the message":   {`option (buf.validate.message).cel_expression = "this.at < now"; google.protobuf.Timestamp at = 2;`, compat.TimeDependent, `"this.at < now"`},
	}
	fired := map[string]bool{}
	for name, row := range rows {
		fired[row.rule] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stateOf(t, map[string]string{"shop.proto": orders(row.fields)})
			got := compat.Lint(s)
			switch {
			case row.rule == "" && len(got) == 0:
			case len(got) != 1 || got[0].Rule != row.rule || !strings.Contains(got[0].Breaks, row.breaks) || got[0].New.Line == 0:
				t.Errorf("findings = %+v, want one of %q that says %q", got, row.rule, row.breaks)
			}
			if off := compat.Lint(s, row.rule); len(off) != 0 {
				t.Errorf("%s is off, and there is %+v", row.rule, off)
			}
		})
	}
	for _, r := range compat.Rules() {
		byChecker := r.ID == compat.ConversionMissing || r.ID == compat.TypeDuplicate || r.ID == compat.Unsound
		if r.IsLint() && !fired[r.ID] && !byChecker {
			t.Errorf("no row breaks %s", r.ID)
		}
	}
}

// What keeps a service from starting has one home, the checker of package event: of what
// the gate has rules for it gives their ids.
func TestTheCheckerNamesRules(t *testing.T) {
	t.Parallel()
	next := strings.ReplaceAll(strings.ReplaceAll(orders(""), "shop.v1", "shop.v2"), "option (eventcontracts.v1.topic)", `import "shop.proto"; option deprecated = false; //`)
	accept := func(most int) string {
		field := fmt.Sprintf("string note = 2 [(buf.validate.field).string.max_len = 5, (eventcontracts.v1.field).accept.string.max_len = %d]; string id = 1", most)
		return strings.Replace(strings.Replace(next, `owner:`, `from_previous: CONVERSION_BY_NAME owner:`, 1), "string id = 1", field, 1)
	}
	rows := map[string]struct{ next, rule string }{
		"sound":               {strings.Replace(next, `owner:`, `from_previous: CONVERSION_BY_NAME owner:`, 1), ""},
		"no conversion":       {next, compat.ConversionMissing},
		"conversion by name":  {strings.Replace(strings.Replace(next, `owner:`, `from_previous: CONVERSION_BY_NAME owner:`, 1), "string id = 1", `int32 more = 2 [(buf.validate.field).required = true]; string id = 1`, 1), compat.ConversionMissing},
		"accept wider":        {accept(6), ""},
		"accept narrower":     {accept(4), compat.ConstraintContradiction},
		"the same type twice": {strings.ReplaceAll(next, "shop.v2", "other.v1"), compat.TypeDuplicate},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems, err := catalog.Check(contracttest.Compile(t, map[string]string{"shop.proto": orders(""), "next.proto": row.next}))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.Rule)
			}
			var want []string
			if row.rule != "" {
				want = []string{row.rule}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, problems)
			}
		})
	}
}

func TestANewMajorWaitsForTheGroupsThatHandleIt(t *testing.T) {
	t.Parallel()
	one := map[string]string{"shop.proto": orders("")}
	two := map[string]string{"shop.proto": orders(""), "next.proto": strings.ReplaceAll(strings.Replace(orders(""), "shop.v1", "shop.v2", 1), "option (eventcontracts.v1.topic)", "//")}
	for name, row := range map[string]struct {
		groups []compat.Group
		want   string
	}{
		"unknown":         {nil, ""},
		"deployed":        {[]compat.Group{{Name: "mailer", Handles: []string{"OrderPlaced"}, Deploys: []int{1, 2}}}, ""},
		"not deployed":    {[]compat.Group{{Name: "mailer", Handles: []string{"OrderPlaced"}, Deploys: []int{1}}, {Name: "audit", Handles: []string{"orders/OrderPlaced"}, Deploys: []int{1}}}, "mailer, audit"},
		"handles another": {[]compat.Group{{Name: "mailer", Handles: []string{"OrderPaid"}, Deploys: []int{1}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := compat.Options{Now: today, Groups: row.groups}
			got := compat.Compare(stateOf(t, one), stateOf(t, two), opts)
			if row.want == "" {
				if len(got) != 0 {
					t.Errorf("findings = %v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Rule != compat.MajorAdded || !strings.Contains(got[0].Breaks, row.want) {
				t.Errorf("findings = %v, want %s of %s", got, compat.MajorAdded, row.want)
			}
			opts.Off = []string{compat.MajorAdded}
			if off := compat.Compare(stateOf(t, one), stateOf(t, two), opts); len(off) != 0 {
				t.Errorf("it is off, and there is %v", off)
			}
		})
	}
}

// A rule of a newer protovalidate is bytes that no field is known for: it is said, and
// never passed over.
func TestARuleThatIsNotKnownIsTold(t *testing.T) {
	t.Parallel()
	before := stateOf(t, map[string]string{"shop.proto": orders(`string note = 2 [(buf.validate.field).string.max_len = 5];`)})
	after := contracttest.Compile(t, map[string]string{"shop.proto": orders(`string note = 2 [(buf.validate.field).string.max_len = 5];`)})
	m := contracttest.Message(t, after, "shop.v1.OrderPlaced")
	fd := m.Fields().ByName("note")
	addUnknownRule(fd)
	s, err := compat.NewState(after)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range compat.Compare(before, s, compat.Options{Now: today, Off: []string{compat.RevisionNotBumped}}) {
		got = append(got, fmt.Sprint(f.Rule, " ", f.Promise))
		if !strings.Contains(f.Breaks, "upgrade eventctl") {
			t.Errorf("it does not say what to do: %s", f.Breaks)
		}
	}
	if diff := cmp.Diff([]string{compat.ConstraintUndecidable + " B"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
