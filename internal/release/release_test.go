package release_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

const orders = "proto/shop/v1/order_placed.proto"

const contract = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option go_package = "example.com/shop/v1;shopv1";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 3 retention: "7d"};
// OrderPlaced is published once, when a customer orders.
message OrderPlaced {
  option (eventcontracts.v1.event) = { topic: "orders", key: "order_id", owner: "team-shop" }; // its route
  // The order.
  string order_id = 1 [(buf.validate.field).string.uuid = true];
  // What the customer says.
  optional string note = 2 [(buf.validate.field).string.max_len = 200];
}
`

var day = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// repo is a repository of contracts that never had a release.
func repo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
	write(t, dir, orders, contract)
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func examine(t *testing.T, dir string) *catalog.Examined {
	t.Helper()
	e, err := catalog.Examine(t.Context(), catalog.Options{Contracts: dir, Dir: dir})
	if err != nil || len(e.Problems) > 0 {
		t.Fatalf("%v %v", err, e)
	}
	return e
}

// freeze writes a release.
func freeze(t *testing.T, dir, name string, date time.Time) map[string][]byte {
	t.Helper()
	all := list(t, dir)
	var last *release.Release
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	files, err := release.Freeze(examine(t, dir), name, date, last)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		write(t, dir, path, string(text))
	}
	return files
}

func list(t *testing.T, dir string) []*release.Release {
	t.Helper()
	all, err := release.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAReleaseIsTheSameBytesEverywhereAndHoldsTheContracts(t *testing.T) {
	t.Parallel()
	dir := repo(t)
	if all := list(t, dir); len(all) != 0 {
		t.Errorf("releases = %v", all)
	}
	files := freeze(t, dir, "v1", day)
	if again := freeze(t, repo(t), "v1", day.Add(5*time.Hour)); !maps.EqualFunc(files, again, bytes.Equal) {
		t.Error("another directory and another time of the day give other bytes")
	}
	all := list(t, dir)
	if len(all) != 1 || all[0].Name != "v1" || !all[0].Date.Equal(day) {
		t.Fatalf("releases = %v", all)
	}
	c, err := all[0].Compiled()
	if err != nil {
		t.Fatal(err)
	}
	state, err := compat.NewState(c.Files)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(examine(t, dir).Lock, contractlock.Of(state)); diff != "" {
		t.Errorf("what the image means (-contracts +image):\n%s", diff)
	}
	if got := compat.Compare(state, examine(t, dir).State, compat.Options{Now: day}); len(got) > 0 {
		t.Errorf("findings = %v", got)
	}
	if n := len(files["releases/v1/image.binpb"]); n > 2000 {
		t.Errorf("the image of one event has %d bytes", n)
	}
}

// The records are what today's writers write, and a reader takes them.
func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	dir := repo(t)
	freeze(t, dir, "v1", day)
	all, err := release.Records(dir)
	if err != nil || len(all) < 2 {
		t.Fatalf("records = %v, %v", all, err)
	}
	for _, r := range all {
		md, msg, err := examine(t, dir).Catalog.Registry.Decode(r.Record)
		if err != nil || msg.ProtoReflect().Descriptor().FullName() != r.Message || md.Version != r.Version || r.Format != "envelope" {
			t.Errorf("%s: %v %v %v", r.Path, md, r, err)
		}
	}
	if last := all[len(all)-1]; last.Path != "releases/records/shop/v1/OrderPlaced/1.0/envelope/valid_least.json" || last.Case != "valid_least" {
		t.Errorf("last = %s, %s", last.Path, last.Case)
	}
}

// What is frozen of a version stays, whatever a later release would make of it.
func TestAReleaseAddsWhatIsNew(t *testing.T) {
	t.Parallel()
	dir := repo(t)
	freeze(t, dir, "v1", day)
	if _, err := release.Freeze(examine(t, dir), "v2", day, list(t, dir)[0]); !errors.Is(err, release.ErrUnchanged) {
		t.Errorf("err = %v", err)
	}
	write(t, dir, orders, strings.Replace(contract, `topic: "orders", `, `topic: "orders", revision: 1, `, 1))
	for path := range freeze(t, dir, "v2", day.AddDate(0, 0, 1)) {
		if !strings.HasPrefix(path, "releases/v2/") && !strings.HasPrefix(path, "releases/records/shop/v1/OrderPlaced/1.1/") {
			t.Errorf("%s is written", path)
		}
	}
	freeze(t, repo(t), "v1", day)
}

// Releases of one day follow one another as they were frozen, whatever they are called;
// by names alone, which is how those are ordered that do not say what they came after, a
// candidate was taken for newer than its release.
func TestReleasesAreOrdered(t *testing.T) {
	t.Parallel()
	dir := repo(t)
	names := []string{"v1.10.0-rc2", "v1.10.0", "v1.9.0", "hotfix", "a"}
	order := func() (got []string) {
		for _, r := range list(t, dir) {
			got = append(got, r.Name)
		}
		return got
	}
	for i, name := range names {
		write(t, dir, orders, contract+strings.Repeat("\n", i)+"message Part"+string(rune('A'+i))+" {}\n")
		date := day
		if name == "a" {
			date = day.AddDate(0, 0, 1)
		}
		freeze(t, dir, name, date)
	}
	if diff := cmp.Diff(names, order()); diff != "" {
		t.Error(diff)
	}
	for _, name := range names {
		path := filepath.Join(dir, "releases", name, "release.yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "after: ") {
				kept = append(kept, line)
			}
		}
		write(t, dir, "releases/"+name+"/release.yaml", strings.Join(kept, ""))
	}
	if diff := cmp.Diff([]string{"hotfix", "v1.9.0", "v1.10.0-rc2", "v1.10.0", "a"}, order()); diff != "" {
		t.Error(diff)
	}
}

func TestAReleaseThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		file, text string
		want       string
	}{
		"newer tool":      {"release.yaml", "format: 2\nsigned: yes\n", "releases/v1/release.yaml: it has format 2, and this eventctl knows formats up to 1: use a newer eventctl"},
		"unknown key":     {"release.yaml", "format: 1\nday: 2026-11-28\n", "releases/v1/release.yaml: yaml: "},
		"no format":       {"release.yaml", "date: 2026-11-28\n", "it does not say its format: restore it from git"},
		"no date":         {"release.yaml", "format: 1\ndate: soon\nimage: x\n", `date "soon" is not a date`},
		"image edited":    {"image.binpb", "x", "releases/v1/image.binpb: it is not the image that was released"},
		"lock edited":     {"contracts.lock", "<<<<<<< HEAD\n", "a merge conflict is in it"},
		"manifest gone":   {"release.yaml", "", "releases/v1: it has no release.yaml"},
		"image gone":      {"image.binpb", "", "releases/v1: it has no image.binpb"},
		"lock gone":       {"contracts.lock", "", "releases/v1: it has no contracts.lock"},
		"a merge of both": {"release.yaml", "<<<<<<< HEAD\nformat: 1\n", "releases/v1/release.yaml: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := repo(t)
			freeze(t, dir, "v1", day)
			path := filepath.Join("releases/v1", row.file)
			write(t, dir, path, row.text)
			if row.text == "" {
				if err := os.Remove(filepath.Join(dir, path)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := release.List(dir)
			var p *release.Problem
			if !errors.As(err, &p) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("err = %v, want %q", err, row.want)
			}
		})
	}
}

func TestNamesOfReleases(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{"v1.4.0": true, "2026-11-28": true, "": false, "records": false, "a/b": false, "..": false, ".x": false, "a b": false, strings.Repeat("a", 65): false} {
		if err := release.CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A revision is due if the contract changed and its version did not, and raising it
// changes nothing else.
func TestBumpRaisesWhatIsDue(t *testing.T) {
	t.Parallel()
	dir := repo(t)
	freeze(t, dir, "v1", day)
	for name, row := range map[string]struct {
		old, with string
		status    release.Status
		due       uint32
	}{
		"comment":           {"// The order.", "// An order.", "", 0},
		"owner":             {"team-shop", "team-mall", "", 0},
		"rule":              {"max_len = 200", "max_len = 300", release.Changed, 1},
		"rule and revision": {"max_len = 200", "max_len = 300", release.Changed, 0},
	} {
		text := strings.Replace(contract, row.old, row.with, 1)
		if name == "rule and revision" {
			text = strings.Replace(text, `key: "order_id"`, `key: "order_id", revision: 1`, 1)
		}
		write(t, dir, orders, text)
		e := examine(t, dir)
		got, err := release.Since(e, list(t, dir)[0])
		if err != nil {
			t.Fatal(err)
		}
		if row.status == "" {
			if len(got) > 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Status != row.status || (got[0].Due == nil) != (row.due == 0) {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		files, err := release.Bump(e, got)
		if err != nil {
			t.Fatal(err)
		}
		if row.due == 0 {
			if len(files) > 0 {
				t.Errorf("%s: %s", name, files)
			}
			continue
		}
		want := strings.Replace(text, `owner: "team-shop" }`, `owner: "team-shop", revision: 1 }`, 1)
		if diff := cmp.Diff(want, string(files[orders])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
