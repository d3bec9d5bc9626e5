//go:build !race

package gate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// A waiver silences one rule on one subject until a day, over the findings of all
// baselines; one that is of no use fails the gate.
func TestWaivers(t *testing.T) {
	t.Parallel()
	const (
		tightened = "EVENT_CONSTRAINT_TIGHTENED"
		note      = "shop.v1.OrderPlaced.note"
	)
	waiver := func(rule, subject, expires string) string {
		return "- rule: " + rule + "\n  subject: " + subject + "\n  change: THIS\n  reason: nobody wrote so much\n  owner: team-shop\n  expires: " + expires + "\n"
	}
	good := waiver(tightened, note, "2026-01-31")
	for name, row := range map[string]struct {
		waivers string
		day     int
		want    []string
		waived  int
		says    string
	}{
		"none":                    {"", 1, []string{tightened}, 0, "at most 100 characters"},
		"in force":                {good, 1, []string{}, 1, ""},
		"on its last day":         {good, 30, []string{}, 1, ""},
		"expired":                 {good, 31, []string{tightened, gate.WaiverExpired}, 0, "expired on 2026-01-31, and what it accepted still breaks: nobody wrote so much (team-shop)"},
		"expired without a match": {good + waiver("EVENT_KEY_CHANGED", note, "2025-12-31"), 1, []string{gate.WaiverExpired}, 1, "the waiver of EVENT_KEY_CHANGED on shop.v1.OrderPlaced.note expired on 2025-12-31"},
		"another subject":         {waiver(tightened, "shop.v1.OrderPlaced", "2026-01-31"), 1, []string{tightened, gate.WaiverUnused}, 0, "matches nothing in any baseline"},
		"another rule":            {waiver("EVENT_KEY_CHANGED", note, "2026-01-31"), 1, []string{tightened, gate.WaiverUnused}, 0, "matches nothing in any baseline"},
		"a rule of buf":           {good + waiver("FIELD_SAME_TYPE", note, "2026-01-31"), 1, []string{gate.WaiverUnused}, 1, "matches nothing in any baseline"},
		"an unknown rule":         {good + waiver("EVENT_CONSTRAINT_TIGHTEND", note, "2026-01-31"), 1, []string{gate.WaiverUnknown}, 1, `"EVENT_CONSTRAINT_TIGHTEND" is not a rule that finds what a change breaks: did you mean EVENT_CONSTRAINT_TIGHTENED?`},
		"a rule of one state":     {good + waiver("EVENT_RULE_TIME_DEPENDENT", note, "2026-01-31"), 1, []string{gate.WaiverUnknown}, 1, "what is wrong with a contract in itself cannot be waived"},
		"no owner":                {strings.Replace(good, "  owner: team-shop\n", "", 1), 1, []string{tightened, gate.WaiverIncomplete}, 0, "has no owner: say rule"},
		"no reason":               {strings.Replace(good, "nobody wrote so much", "\"\"", 1), 1, []string{tightened, gate.WaiverIncomplete}, 0, "has no reason"},
		"no expiry":               {strings.Replace(good, "  expires: 2026-01-31\n", "", 1), 1, []string{tightened, gate.WaiverIncomplete}, 0, "has no expires"},
		"an expiry that is not":   {waiver(tightened, note, "soon"), 1, []string{tightened, gate.WaiverIncomplete}, 0, `expires "soon", which is not a date`},
		"no change":               {strings.Replace(good, "  change: THIS\n", "", 1), 1, []string{tightened, gate.WaiverIncomplete}, 0, "has no change: say rule, subject, change"},
		"another change":          {strings.Replace(good, "THIS", "0123456789ab", 1), 1, []string{tightened, gate.WaiverUnused}, 0, "is of the change 0123456789ab, and what is found is of the change "},
		"twice":                   {good + good, 1, []string{gate.WaiverUnused}, 1, "is waived twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.release("v1", 0)
			r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1")
			r.write(gate.WaiversFile, strings.ReplaceAll(row.waivers, "THIS", change(t, r, tightened, note)))
			report := r.gate(row.day)
			if diff := cmp.Diff(row.want, rules(report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(report.Waived) != row.waived {
				t.Errorf("waived = %+v", report.Waived)
			}
			said := ""
			for _, f := range report.Findings {
				said += f.Breaks + ": " + f.Fix + "\n"
			}
			if !strings.Contains(said, row.says) {
				t.Errorf("it does not say %q, but\n%s", row.says, said)
			}
		})
	}
}

// change is what the gate prints of a finding, for a waiver of it.
func change(t *testing.T, r repository, rule, subject string) string {
	t.Helper()
	for _, f := range r.gate(1).Findings {
		if f.Rule == rule && f.Subject == subject && f.Change != "" {
			return f.Change
		}
	}
	t.Fatalf("no change of %s on %s", rule, subject)
	return ""
}

// A waiver excused every later change of its rule and subject, as long as it had not
// expired.
func TestAWaiverIsOfOneChange(t *testing.T) {
	t.Parallel()
	const rule, subject = "EVENT_CONSTRAINT_TIGHTENED", "shop.v1.OrderPlaced.note"
	r := newRepository(t)
	r.release("v1", 0)
	r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1")
	waiver := "- {rule: " + rule + ", subject: " + subject + ", change: " + change(t, r, rule, subject) + ", reason: r, owner: o, expires: 2026-12-31}\n"
	r.write(gate.WaiversFile, waiver)
	r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1", "// What the customer says.", "// What customers say.")
	if got := rules(r.gate(1)); len(got) > 0 {
		t.Errorf("another comment: %v", got)
	}
	r.order("max_len = 200", "max_len = 50", "revision: 0", "revision: 1")
	if diff := cmp.Diff([]string{rule, gate.WaiverUnused}, rules(r.gate(1))); diff != "" {
		t.Errorf("a tighter rule (-want +got):\n%s", diff)
	}
}
