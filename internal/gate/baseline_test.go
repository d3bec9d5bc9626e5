//go:build !race

package gate_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// A superseded release counts for F while services that were built from it run, and for B
// while records that these wrote may be read again: 90 days, and 90 days with the longer
// one of retention (7 days here) and dead-letter retention (30 days by default).
func TestWhichReleasesCount(t *testing.T) {
	t.Parallel()
	const (
		tightened = "EVENT_CONSTRAINT_TIGHTENED"
		relaxed   = "EVENT_CONSTRAINT_RELAXED"
		second    = 10 // the day of the release that supersedes, of which the last minute counts
	)
	none := []string{}
	for name, row := range map[string]struct {
		is       string // max_len today and in the second release: it was 200
		topic    string // settings of the topic
		settings string
		day      int
		want     []string
	}{
		"tightened, within the window":        {"100", "", "", second + 91, []string{tightened}},
		"tightened, while records are kept":   {"100", "", "", second + 121, []string{tightened}},
		"tightened, when they are gone":       {"100", "", "", second + 122, none},
		"tightened, long retention":           {"100", `retention: "60d"`, "", second + 151, []string{tightened}},
		"tightened, long retention over":      {"100", `retention: "60d"`, "", second + 152, none},
		"tightened, long dead letters":        {"100", `retention: "7d" dlq_retention: "52w"`, "", second + 455, []string{tightened}},
		"tightened, unlimited":                {"100", `retention: "unlimited"`, "", second + 5000, []string{tightened}},
		"tightened, compacted":                {"100", "cleanup: CLEANUP_COMPACT", "", second + 5000, []string{tightened}},
		"tightened, short window":             {"100", "", "deployment_window: 10d\n", second + 42, none},
		"relaxed, within the window":          {"300", "", "", second + 91, []string{relaxed}},
		"relaxed, after the window":           {"300", "", "", second + 92, none},
		"relaxed, compacted, after it":        {"300", "cleanup: CLEANUP_COMPACT", "", second + 92, none},
		"relaxed, a long window":              {"300", "", "deployment_window: 52w\n", second + 365, []string{relaxed}},
		"relaxed, settings without a window":  {"300", "", "# nothing\n", second + 91, []string{relaxed}},
		"tightened, before the second's date": {"100", "", "", 0, []string{tightened}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			topic := []string{`retention: "7d"`, `retention: "7d"`}
			if row.topic != "" {
				topic[1] = row.topic
			}
			r.order(topic...)
			r.release("v1", 0)
			r.order(append(topic, "max_len = 200", "max_len = "+row.is, "revision: 0", "revision: 1")...)
			r.release("v2", second)
			if row.settings != "" {
				r.write(gate.SettingsFile, row.settings)
			}
			report := r.gate(row.day)
			if diff := cmp.Diff(row.want, rules(report)); diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, baselines(report))
			}
		})
	}
}

// What an old release did not announce, a later one may have: an event that was deprecated
// in between is removed in its time, and a topic with it.
func TestAnEventIsRemovedInItsTime(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	const invoice = "proto/shop/v1/invoice_sent.proto"
	text := strings.NewReplacer("OrderPlaced", "InvoiceSent", "\"orders\"", "\"invoices\"").Replace(contract)
	r.write(invoice, text)
	r.release("v1", 0)
	r.write(invoice, strings.Replace(text, "revision: 0", `deprecated: {since: "2026-01-02" sunset: "2026-02-01"}`, 1))
	r.release("v2", 1)
	if err := os.Remove(filepath.Join(r.dir, invoice)); err != nil {
		t.Fatal(err)
	}
	if got := rules(r.gate(20)); !cmp.Equal(got, []string{"EVENT_REMOVED_EARLY", "TOPIC_REMOVED"}) {
		t.Errorf("before the sunset: %v", got)
	}
	if got := rules(r.gate(31 + 29)); !cmp.Equal(got, []string{"EVENT_REMOVED_EARLY", "TOPIC_REMOVED"}) && !cmp.Equal(got, []string{"TOPIC_REMOVED"}) {
		t.Errorf("while dead letters are retained: %v", got)
	}
	report := r.gate(31 + 31)
	if len(report.Findings) > 0 || len(report.Baselines) != 2 {
		t.Errorf("after the sunset: %v of %v", report.Findings, baselines(report))
	}
}

// Whoever was told of a sunset counts on it: a change that brings it forward, or announces
// one that is past, is refused, and so is the removal that it was for.
func TestASunsetIsNotBroughtForward(t *testing.T) {
	t.Parallel()
	const invoice = "proto/shop/v1/invoice_sent.proto"
	text := strings.NewReplacer("OrderPlaced", "InvoiceSent", "\"orders\"", "\"invoices\"").Replace(contract)
	deprecated := func(sunset string) string {
		return strings.Replace(text, "revision: 0", `deprecated: {since: "2025-12-01" sunset: "`+sunset+`"}`, 1)
	}
	r := newRepository(t)
	r.write(invoice, text)
	r.release("v1", 0)
	r.write(invoice, deprecated("2026-01-01"))
	if got := rules(r.gate(20)); !cmp.Equal(got, []string{"EVENT_SUNSET_ADVANCED"}) {
		t.Errorf("announced when it is past: %v", got)
	}
	r.write(invoice, deprecated("2026-12-01"))
	r.release("v2", 20)
	r.write(invoice, deprecated("2026-02-01"))
	if got := rules(r.gate(40)); !cmp.Equal(got, []string{"EVENT_SUNSET_ADVANCED"}) {
		t.Errorf("brought forward: %v", got)
	}
	r.release("v3", 41)
	if err := os.Remove(filepath.Join(r.dir, invoice)); err != nil {
		t.Fatal(err)
	}
	if got := rules(r.gate(75)); !cmp.Equal(got, []string{"EVENT_REMOVED_EARLY", "TOPIC_REMOVED"}) {
		t.Errorf("removed after the day that was brought forward: %v", got)
	}
}

// A group that does not deploy a major any more reads none of its events: what today's
// writers write of it breaks nobody.
func TestGroupsNarrowWhatIsDeployed(t *testing.T) {
	t.Parallel()
	for deploys, want := range map[string][]string{"[1]": {"EVENT_CONSTRAINT_RELAXED"}, "[]": {"EVENT_CONSTRAINT_RELAXED"}, "[2]": {}} {
		r := newRepository(t)
		r.release("v1", 0)
		r.write("services.yaml", strings.Replace(services, "[1]", deploys, 1))
		r.order("max_len = 200", "max_len = 300", "revision: 0", "revision: 1")
		got := rules(r.gate(1))
		got = without(got, "EVENT_CONTRACT_UNSOUND") // of deploys, which services.yaml's own checks judge
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("deploys %s (-want +got):\n%s", deploys, diff)
		}
	}
}

func without(all []string, one string) []string {
	out := []string{}
	for _, s := range all {
		if s != one {
			out = append(out, s)
		}
	}
	return out
}

// Whoever deletes a release makes the gate see less than what runs.
func TestAReleaseThatCountsCannotBeDeleted(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.release("v1", 0)
	r.order("max_len = 200", "max_len = 199", "revision: 0", "revision: 1")
	r.release("v2", 1)
	r.git("init", "-q")
	r.commit("two releases")
	r.commit("nothing")
	if err := os.RemoveAll(filepath.Join(r.dir, "releases", "v1")); err != nil {
		t.Fatal(err)
	}
	if got := rules(r.gate(2)); !cmp.Equal(got, []string{gate.ReleaseChanged}) {
		t.Errorf("while it counts: %v", got)
	}
	if got := rules(r.gate(400)); len(got) > 0 {
		t.Errorf("later: %v", got)
	}
}

// Nothing to compare with is told apart from not having looked.
func TestTheGateNeverPassesUnseen(t *testing.T) {
	t.Parallel()
	t.Run("no git, no release", func(t *testing.T) {
		t.Parallel()
		newRepository(t).unknown("this is not a git repository, and there is no release to compare with: put the contracts under git (git init, git add, git commit), or freeze what is deployed with eventctl release")
	})
	t.Run("no git, a release", func(t *testing.T) {
		t.Parallel()
		r := newRepository(t)
		r.release("v1", 0)
		if report := r.gate(1); report.Skipped == "" || len(report.Baselines) != 1 {
			t.Errorf("%+v", report)
		}
	})
	t.Run("first commit", func(t *testing.T) {
		t.Parallel()
		r := newRepository(t)
		r.git("init", "-q")
		r.commit("first")
		if report := r.gate(1); report.Skipped != "there is no earlier commit" || len(report.Findings) > 0 {
			t.Errorf("%+v", report)
		}
	})
	for name, row := range map[string]struct {
		edit func(repository)
		want string
	}{
		"a baseline of a newer tool":   {func(r repository) { r.write("releases/v1/release.yaml", "format: 9\n") }, "releases/v1/release.yaml: it has format 9, and this eventctl knows formats up to 1: use a newer eventctl"},
		"a release that is damaged":    {func(r repository) { r.write("releases/v1/image.binpb", "") }, "it is not the image that was released"},
		"contracts do not compile":     {func(r repository) { r.order("optional string note", "optional strin note") }, "the contracts do not compile"},
		"settings that are not":        {func(r repository) { r.write(gate.SettingsFile, "window: 9d\n") }, "compatibility.yaml: yaml: "},
		"a window that is not":         {func(r repository) { r.write(gate.SettingsFile, "deployment_window: long\n") }, `deployment_window "long": give a duration such as 90d`},
		"waivers that are not":         {func(r repository) { r.write(gate.WaiversFile, "rule: X\n") }, "compatibility.waivers.yaml: yaml: "},
		"waivers with an unknown key":  {func(r repository) { r.write(gate.WaiversFile, "- rules: X\n") }, "field rules not found"},
		"waivers in conflict":          {func(r repository) { r.write(gate.WaiversFile, "<<<<<<< HEAD\n- rule: X\n") }, "compatibility.waivers.yaml: yaml: "},
		"waivers in several documents": {func(r repository) { r.write(gate.WaiversFile, "[]\n---\n[]\n") }, "holds more than one YAML document"},
		"no buf": {func(r repository) {
			if err := os.Remove(filepath.Join(r.dir, "bin/buf")); err != nil {
				r.t.Fatal(err)
			}
		}, "there is no buf"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.release("v1", 0)
			row.edit(r)
			r.unknown(row.want)
		})
	}
}

// What git does not hand out of a commit was taken for contracts that were not there yet.
func TestACommitIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		before func(repository)            // what is committed
		after  func(repository) repository // what changes then
		want   string
	}{
		"the contracts' root moves": {func(repository) {}, func(r repository) repository {
			r.git("mv", "buf.yaml", "services.yaml", "proto", "schemas/")
			r.dir = filepath.Join(r.dir, "schemas")
			return r
		}, "has the contracts in proto, and there are none of them here"},
		"archives leave them out": {func(r repository) {
			r.write(".gitattributes", "proto/shop/** export-ignore\n")
		}, func(r repository) repository { return r }, "git does not hand out proto/shop/v1/order_placed.proto: take it out of export-ignore"},
		"a link leads out of the tree": {func(r repository) {
			if err := os.Symlink("../../../../outside.proto", filepath.Join(r.dir, "proto/shop/v1/other.proto")); err != nil {
				r.t.Fatal(err)
			}
		}, func(r repository) repository {
			if err := os.Remove(filepath.Join(r.dir, "proto/shop/v1/other.proto")); err != nil {
				r.t.Fatal(err)
			}
			return r
		}, "other.proto"},
		"git refuses the repository": {func(repository) {}, func(r repository) repository {
			r.write(".git/config", "[core]\n\trepositoryformatversion = 99\n")
			return r
		}, "git does not read this repository: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.write("schemas/README", "nothing yet\n")
			r.git("init", "-q")
			row.before(r)
			r.commit("first")
			r.commit("second")
			row.after(r).unknown(row.want)
		})
	}
}

// The gate took a release for a commit that is not here, where diff takes it.
func TestTheGateComparesWithAReleaseThatIsNamed(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.release("v1", 0)
	r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1")
	r.release("v2", 10)
	against := func(name string) (*gate.Report, error) {
		return gate.Run(t.Context(), gate.Options{Contracts: r.dir, Dir: r.dir, Against: name, Named: "--against", Now: start.AddDate(0, 0, 1000)})
	}
	for _, git := range []bool{false, true} {
		if git {
			r.git("init", "-q")
			r.commit("as it was")
		}
		if got := rules(r.gate(1000)); len(got) > 0 {
			t.Errorf("git %v: a release of long ago counts for %v", git, got)
		}
		report, err := against("v1")
		if err != nil {
			t.Fatalf("git %v: %v", git, err)
		}
		if diff := cmp.Diff([]string{"release v1", "release v2"}, baselines(report)); diff != "" {
			t.Errorf("git %v: baselines (-want +got):\n%s", git, diff)
		}
		if diff := cmp.Diff([]string{"EVENT_CONSTRAINT_TIGHTENED"}, rules(report)); diff != "" || report.Skipped != "" {
			t.Errorf("git %v: %q (-want +got):\n%s", git, report.Skipped, diff)
		}
		var unknown *gate.Unknown
		if _, err := against("v3"); !errors.As(err, &unknown) {
			t.Errorf("git %v: a release that is not there: %v", git, err)
		}
	}
	if report, err := against("HEAD"); err != nil || len(report.Baselines) != 2 || report.Baselines[1].Commit == "" {
		t.Errorf("a commit: %+v, %v", report, err)
	}
}
