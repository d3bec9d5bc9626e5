package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

// BenchmarkGate is the gate on 500 events against 10 releases that all count, with a rule
// and a field of each tenth event changed between two releases.
func BenchmarkGate(b *testing.B) {
	const events, releases = 500, 10
	r := newRepository(b)
	write := func(state int) {
		for i := range events {
			revision, most := 0, 200
			for s := 1; s <= state; s++ {
				if i%releases == s {
					revision, most = 1, 300
				}
			}
			text := strings.NewReplacer(
				"OrderPlaced", fmt.Sprintf("OrderPlaced%d", i), "\"orders\"", fmt.Sprintf("\"orders%d\"", i),
				"revision: 0", fmt.Sprintf("revision: %d", revision), "max_len = 200", fmt.Sprintf("max_len = %d", most),
			).Replace(contract)
			more := ""
			if revision > 0 {
				more = "  // What is new.\n  optional int32 added = 99;\n"
			}
			for n := range 15 {
				more += fmt.Sprintf("  // Field %d.\n  optional string f%d = %d [(buf.validate.field).string = {min_len: 1, max_len: %d}];\n", n, n, n+10, n+10)
			}
			text = strings.TrimSuffix(text, "}\n") + more + "}\n"
			r.write(fmt.Sprintf("proto/shop/v1/order_placed%d.proto", i), text)
		}
	}
	r.order("OrderPlaced", "Placed", "\"orders\"", "\"placed\"")
	r.write("services.yaml", "")
	for s := range releases {
		write(s)
		e, err := catalog.Examine(b.Context(), catalog.Options{Contracts: r.dir, Dir: r.dir})
		if err != nil || len(e.Problems) > 0 {
			b.Fatalf("%v %v", err, e.Problems)
		}
		files, err := release.Freeze(e, fmt.Sprintf("v%d", s), start.AddDate(0, 0, s), nil)
		if err != nil {
			b.Fatal(err)
		}
		for path, text := range files {
			if !strings.Contains(path, "/records/") {
				r.write(path, string(text))
			}
		}
	}
	write(releases)
	for b.Loop() {
		report := r.gate(20)
		if len(report.Baselines) != releases || len(report.Findings) == 0 {
			b.Fatalf("%d baselines, %d findings", len(report.Baselines), len(report.Findings))
		}
	}
}
