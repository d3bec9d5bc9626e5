package gate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// One finding of several baselines is one finding, that names them all.
func TestFindingsOfBaselinesAreUnited(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.release("v1", 0)
	r.order("owner: \"team-shop\"", "owner: \"team-shops\"")
	r.release("v2", 1)
	r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1")
	report := r.gate(2)
	if len(report.Findings) != 1 {
		t.Fatalf("findings = %+v", report.Findings)
	}
	f := report.Findings[0]
	if diff := cmp.Diff([]string{"release v1", "release v2"}, f.Baselines); diff != "" {
		t.Error(diff)
	}
	if f.New.File != orders || f.New.Line != 13 || f.Old.File != "shop/v1/order_placed.proto" || f.Old.Line != 13 || f.Record == "" || f.Refused == "" {
		t.Errorf("%+v", f)
	}
	want := gate.Impact{
		Events: []gate.EventImpact{{Event: "OrderPlaced", Rules: []string{"EVENT_CONSTRAINT_TIGHTENED"}, Groups: []string{"mailer"}}},
		Groups: []gate.GroupImpact{{Group: "mailer", Service: "mailer", Owner: "team-mail", Deploys: []int{1}, Events: []string{"OrderPlaced"}}},
	}
	if diff := cmp.Diff(want, report.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	// Of the names that services compile against buf judges what is current; a finding of
	// its own has both places, the event and who is hit too.
	r.order("[(buf.validate.field).string.max_len = 200]", "[json_name = \"remark\", (buf.validate.field).string.max_len = 200]")
	for _, f := range r.gate(2).Findings {
		if f.Rule == "FIELD_SAME_JSON_NAME" {
			if f.Event != "OrderPlaced" || f.Subject != "shop.v1.OrderPlaced.note" || f.Old.Line != 13 || f.New.Line != 13 || len(f.Groups) != 1 || !cmp.Equal(f.Baselines, []string{"release v2"}) {
				t.Errorf("%+v", f)
			}
			return
		}
	}
	t.Error("buf finds nothing")
}
