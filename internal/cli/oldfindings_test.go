//go:build !race

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// What was wrong with a file before a change was a reason to refuse the change.
func TestAuthoringRefusesNothingForOldFindings(t *testing.T) {
	t.Parallel()
	const (
		placed = "proto/events/order/v1/order_placed.proto"
		paid   = "proto/events/order/v1/order_paid.proto"
	)
	required := func(e *eventctl) { // as proto2 has it, which buf lint finds fault with
		write1(e.t, e.dir, paid, `syntax = "proto2";

package events.order.v1;

import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "events/order/v1/topics.proto";

// OrderPaid is published when an order is paid.
message OrderPaid {
  option (eventcontracts.v1.event) = {
    topic: "orders"
    key: "order_id"
    owner: "team-order"
  };

  // The order.
  required string order_id = 1 [(buf.validate.field).string.uuid = true];
}
`)
		e.commit()
	}
	renamed := func(e *eventctl) { // which the gate refuses
		e.commit()
		e.replace(placed, "optional string note = 2", "optional string remark = 2")
	}
	for name, row := range map[string]struct {
		before func(*eventctl)
		args   []string
		step   string
	}{
		"lint of add-field": {required, []string{"add-field", "OrderPaid", "x (int?)"}, "lint"},
		"lint of a copy":    {required, []string{"new-version", "OrderPaid"}, "lint"},
		"lint of topics": {func(e *eventctl) { // the codec of an empty message did not compile
			e.commit()
			e.replace("proto/events/order/v1/topics.proto", "package events.order.v1;", "package events.order.v1;\n\nmessage not_camel {}")
		}, []string{"new", "OrderShipped", "order_id (UUID)", "--topic", "shipments"}, "lint"},
		"gate of add-field":   {renamed, []string{"add-field", "OrderPlaced", "x (int?)"}, "gate"},
		"gate of another one": {renamed, []string{"new", "OrderShipped", "order_id (UUID)"}, "gate"},
		"gate of a copy":      {renamed, []string{"new-version", "OrderPlaced"}, "gate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := withEvent(t)
			row.before(e)
			out := e.ok(append(row.args, "--json")...)
			var got struct {
				Steps []struct {
					Name, Detail string
					Done         bool
				}
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, s := range got.Steps {
				if !s.Done {
					t.Errorf("%s was not run: %s", s.Name, s.Detail)
				}
				if told := strings.Contains(s.Detail, "older than this change"); told != (s.Name == row.step) {
					t.Errorf("%s: %s", s.Name, s.Detail)
				}
			}
		})
	}
}

// new-version said that nothing breaks, and the gate refused what it had made.
func TestNewVersionSaysWhatTheGateSaysNext(t *testing.T) {
	t.Parallel()
	e := withEvent(t)
	e.ok("new", "OrderPaid", "order_id (UUID)", "--group", "shop/mailer")
	e.commit()
	e.commit()
	out := e.ok("new-version", "OrderPaid")
	for _, want := range []string{
		"gate     EVENT_MAJOR_ADDED since ", "deploy the readers first", "until then eventctl gate refuses it: EVENT_MAJOR_ADDED on events.order.v2.OrderPaid: ",
		"running releases of mailer do not read it", "services.yaml", "waive",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	r := e.run("gate")
	if r.code != 1 || !strings.Contains(r.stdout, "1 finding since ") || !strings.Contains(r.stdout, "EVENT_MAJOR_ADDED (F)") {
		t.Errorf("the gate: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	// Nobody reads this one.
	out = e.ok("new-version", "OrderPlaced")
	if strings.Contains(out, "refuses it") || !strings.Contains(out, "deploy the readers first") {
		t.Errorf("a major that nobody reads:\n%s", out)
	}
}
