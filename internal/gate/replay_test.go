//go:build !race

package gate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

const replayed = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option go_package = "example.com/shop/v1;shopv1";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 3 retention: "7d" dlq_retention: "7d" format: %s};
// OrderPlaced is published once, when a customer orders.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-shop" revision: %d};
  // The order.
  string id = 1 [(buf.validate.field).string.uuid = true];
  // What the customer says.
  %s
}
`

// Records of each released version and format are read by today's reader, and today's by
// the readers of each release that counts, which have rules of their own.
func TestReplay(t *testing.T) {
	t.Parallel()
	const (
		narrow = `string note = 2 [(buf.validate.field).string.max_len = 30];`
		wide   = `string note = 2 [(buf.validate.field).string.max_len = 40];`
		first  = `string note = 2 [(buf.validate.field).string.max_len = 30, (eventcontracts.v1.field).accept.string.max_len = 40];`
		preset = `optional string note = 2 [(buf.validate.field).string.max_len = 30, (eventcontracts.v1.field).default = "x"];`
		absent = `optional string note = 2 [(buf.validate.field).string.max_len = 30];`
	)
	today := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	rows := map[string]struct {
		releases []string // fields of each release, the oldest first, a day apart
		formats  []string
		now      string
		later    time.Duration
		waived   bool
		broken   []string // where, and what
		left     int      // at least
	}{
		"the same":               {[]string{narrow}, []string{"FORMAT_FLAT"}, narrow, 0, false, nil, 0},
		"each format":            {[]string{narrow, narrow, narrow, narrow}, []string{"FORMAT_FLAT", "FORMAT_ENVELOPE", "FORMAT_CLOUDEVENTS", "FORMAT_CLOUDEVENTS_BINARY"}, narrow, 0, false, nil, 0},
		"wider for readers":      {[]string{narrow}, []string{"FORMAT_FLAT"}, first, 0, false, nil, 0},
		"then for writers":       {[]string{first}, []string{"FORMAT_FLAT"}, wide, 0, false, nil, 0},
		"wider in one step":      {[]string{narrow}, []string{"FORMAT_FLAT"}, wide, 0, false, []string{"at_note_string.max_len.json: the reader of release v1: read OrderPlaced"}, 0},
		"tighter":                {[]string{wide}, []string{"FORMAT_FLAT"}, narrow, 0, false, []string{"/1.0/flat/at_note_string.max_len.json: today's reader: read OrderPlaced"}, 0},
		"older release":          {[]string{wide, narrow}, []string{"FORMAT_FLAT", "FORMAT_FLAT"}, narrow, 0, false, []string{"/1.0/flat/at_note_string.max_len.json: today's reader: read OrderPlaced"}, 0},
		"not retained any more":  {[]string{wide, narrow}, []string{"FORMAT_FLAT", "FORMAT_FLAT"}, narrow, 200 * 24 * time.Hour, false, nil, 1},
		"readers are gone":       {[]string{narrow, wide}, []string{"FORMAT_FLAT", "FORMAT_FLAT"}, wide, 200 * 24 * time.Hour, false, nil, 0},
		"read as something else": {[]string{absent}, []string{"FORMAT_FLAT"}, preset, 0, false, []string{`/1.0/flat/valid_least.json: today's reader: note: it is not set, and is read as "x"`}, 0},
		"waived":                 {[]string{narrow}, []string{"FORMAT_FLAT"}, wide, 0, true, nil, 1},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
			for i, fields := range row.releases {
				write("proto/shop/v1/order_placed.proto", fmt.Sprintf(replayed, row.formats[i], i, fields))
				e, err := catalog.Examine(t.Context(), catalog.Options{Contracts: dir, Dir: dir})
				if err != nil || len(e.Problems) > 0 {
					t.Fatal(err, e)
				}
				all, err := release.List(dir)
				if err != nil {
					t.Fatal(err)
				}
				var last *release.Release
				if len(all) > 0 {
					last = all[len(all)-1]
				}
				files, err := release.Freeze(e, fmt.Sprintf("v%d", i+1), today.AddDate(0, 0, i-len(row.releases)), last)
				if err != nil {
					t.Fatal(err)
				}
				for name, text := range files {
					write(name, string(text))
				}
			}
			write("proto/shop/v1/order_placed.proto", fmt.Sprintf(replayed, row.formats[len(row.formats)-1], len(row.releases), row.now))
			if row.waived {
				e, err := catalog.Examine(t.Context(), catalog.Options{Contracts: dir, Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				change := e.State.Declaration("EVENT_CONSTRAINT_RELAXED", "shop.v1.OrderPlaced.note")
				write("compatibility.waivers.yaml", "- {rule: EVENT_CONSTRAINT_RELAXED, subject: shop.v1.OrderPlaced.note, change: "+change+", reason: r, owner: o, expires: 2027-01-01}\n")
			}
			got, err := gate.Replay(t.Context(), gate.Options{Contracts: dir, Dir: dir, Now: today.Add(row.later)})
			if err != nil {
				t.Fatal(err)
			}
			var broken []string
			for i, b := range got.Broken {
				if i < len(row.broken) && strings.Contains(b, row.broken[i]) {
					b = row.broken[i]
				}
				broken = append(broken, b)
			}
			if diff := cmp.Diff(row.broken, broken); diff != "" {
				t.Errorf("broken (-want +got):\n%s", diff)
			}
			if len(got.Left) < row.left {
				t.Errorf("left out: %q", got.Left)
			}
			if row.left == 0 && row.later == 0 && (got.Old == 0 || got.New == 0) {
				t.Errorf("%d old and %d new records were read", got.Old, got.New)
			}
		})
	}
}
