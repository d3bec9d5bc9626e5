//go:build !race

package gate_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// A change could make the gate see less than what runs: by what it says of releases, of
// the deployment window or of what groups deploy.
func TestAChangeDoesNotNarrowWhatItIsJudgedBy(t *testing.T) {
	t.Parallel()
	const relaxed, tightened = "EVENT_CONSTRAINT_RELAXED", "EVENT_CONSTRAINT_TIGHTENED"
	remove := func(r repository, name string) {
		r.t.Helper()
		if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
			r.t.Fatal(err)
		}
	}
	edit := func(r repository, name, old, with string) {
		r.t.Helper()
		text := read(r.t, filepath.Join(r.dir, name))
		if !strings.Contains(text, old) {
			r.t.Fatalf("%s has no %q", name, old)
		}
		r.write(name, strings.Replace(text, old, with, 1))
	}
	const records = "releases/records/shop/v1/OrderPlaced/1.0/envelope"
	for name, row := range map[string]struct {
		is   string // max_len: 200 in release v1, and 150 in release v2 and the commit
		edit func(repository)
		want []string
	}{
		"nothing":                  {"150", func(repository) {}, nil},
		"the window is shortened":  {"190", func(r repository) { r.write(gate.SettingsFile, "deployment_window: 1d\n") }, []string{gate.WindowShortened, relaxed}},
		"the window is lengthened": {"150", func(r repository) { r.write(gate.SettingsFile, "deployment_window: 100d\n") }, nil},
		"a release of yesteryear": {"180", func(r repository) {
			r.order("max_len = 200", "max_len = 180", "revision: 0", "revision: 2")
			r.release("v3", -400)
		}, []string{relaxed, gate.ReleaseChanged}},
		"groups deploy it no more":  {"190", func(r repository) { r.write("services.yaml", strings.Replace(services, "[1]", "[2]", 1)) }, []string{relaxed}},
		"the lock of a release":     {"150", func(r repository) { edit(r, "releases/v1/contracts.lock", "OrderPlaced 1.0", "OrderPlaced 1.7") }, []string{gate.ReleaseChanged}},
		"the day of a release":      {"150", func(r repository) { edit(r, "releases/v2/release.yaml", "date: 2026-01-11", "date: 2025-01-11") }, []string{tightened, gate.ReleaseChanged}},
		"a record is edited":        {"150", func(r repository) { edit(r, records+"/valid_least.json", `"topic": "orders"`, `"topic": "order"`) }, []string{gate.ReleaseChanged}},
		"a record is deleted":       {"150", func(r repository) { remove(r, records+"/valid_least.json") }, []string{gate.ReleaseChanged}},
		"all records are deleted":   {"150", func(r repository) { remove(r, "releases/records") }, []string{gate.ReleaseChanged}},
		"tightened, and still seen": {"120", func(repository) {}, []string{tightened}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.release("v1", 0)
			r.order("max_len = 200", "max_len = 150", "revision: 0", "revision: 1")
			r.write("compatibility.waivers.yaml", "")
			r.release("v2", 10)
			r.git("init", "-q")
			r.commit("two releases")
			r.commit("nothing")
			revision := "2"
			if row.is == "150" {
				revision = "1"
			}
			r.order("max_len = 200", "max_len = "+row.is, "revision: 0", "revision: "+revision)
			row.edit(r)
			// v1 is superseded on day 10, so that its narrower sibling breaks its records: that
			// is the same in each row, and not looked at.
			var got []string
			for _, f := range r.gate(30).Findings {
				if f.Rule == tightened && cmp.Equal(f.Baselines, []string{"release v1"}) && row.is != "120" && !strings.Contains(name, "day") || strings.HasPrefix(f.Rule, "EVENT_CONTRACT_UNSOUND") {
					continue
				}
				if !slices.Contains(got, f.Rule) {
					got = append(got, f.Rule)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A release that is a link was passed over.
func TestAReleaseThatIsALinkIsNotPassedOver(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.release("v1", 0)
	if err := os.Rename(filepath.Join(r.dir, "releases/v1"), filepath.Join(r.dir, "v1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../v1", filepath.Join(r.dir, "releases/v1")); err != nil {
		t.Fatal(err)
	}
	r.unknown("releases/v1: it is a link, and not a release")
}
