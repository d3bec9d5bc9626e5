package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// aRun has every kind of thing that a run measures.
func aRun() report.Run {
	samples := func(cpu float64, rates ...float64) (out []measure.Result) {
		for _, r := range rates {
			out = append(out, measure.Result{PerSecond: r, CPUMicros: cpu, Allocs: 7, GCs: 30, Done: 1000})
		}
		return out
	}
	point := func(x float64, samples ...float64) report.Point { return report.Point{X: x, Samples: samples} }
	return report.Run{
		Broker: "embedded broker", Machine: "2 processors, go1.26", Event: "TodoCreated, 100000 keys, 3 partitions", Rounds: 3, Scale: 1,
		Groups: []report.Group{
			{Name: "publish/bus", Title: "Publishing, validated", Series: []report.Series{
				{Name: "raw", Raw: true, Samples: samples(4, 90_000, 1000, 100_000)},
				{Name: "PublishBatch", Target: 0.5, Samples: samples(5, 60_000, 900_000, 40_000)},
				{Name: "raw, headroom", Raw: true, Headroom: true, Samples: samples(2, 200_000)},
				{Name: "PublishBatch, headroom", Headroom: true, Target: 0.5, Samples: samples(3, 80_000)},
			}},
			{Name: "publish/peers", Title: "Publishing, beside <others> & \"more\"", Series: []report.Series{
				{Name: "raw", Raw: true, Samples: samples(4, 400_000, 390_000, 420_000)},
				{Name: "PublishBatch", Bus: true, Samples: samples(5, 300_000, 290_000, 310_000)},
				{Name: "a framework", Beat: 3, Source: "its documentation", Samples: samples(30, 60_000, 61_000, 50_000)},
				{Name: "a slow one", Beat: 20, Source: "its documentation", Samples: samples(300, 20_000, 19_000, 21_000)},
				{Name: "one that lost a record", Source: "its documentation", Beat: 3, Failed: "1000 records were asked for, and the log has 999"},
				{Name: "a fast one", Source: "its documentation", Samples: samples(2, 600_000, 500_000, 650_000)},
			}},
		},
		Latencies: []report.Latency{
			{Name: "raw", Raw: true, Rate: 1000, Linger: 5, Samples: []measure.Percentiles{{P50: 4.5, P99: 6, P999: 9}}},
			{Name: "bus", Rate: 1000, Linger: 5, Target: 1.1, Samples: []measure.Percentiles{{P50: 4.6, P99: 6.3, P999: 9.5}}},
			{Name: "raw", Raw: true, Rate: 1000, Linger: 0, Samples: []measure.Percentiles{{P50: 0.25, P99: 1, P999: 2}}},
			{Name: "bus", Rate: 1000, Linger: 0, Target: 1.1, Samples: []measure.Percentiles{{P50: 0.3, P99: 1.5, P999: 3}, {P50: 0.25, P99: 1.2, P999: 2}, {P50: 9, P99: 9, P999: 9}}},
		},
		Curves: []report.Curve{
			{Name: "Handlers of a consumer", X: "handlers", Lines: []report.Line{
				{Name: "consume", Points: []report.Point{point(1, 3, 3.1, 2.9), point(10, 3), point(200, 3.2)}},
			}},
			{Name: "Payload", X: "KB", Linear: true, Lines: []report.Line{
				{Name: "publish", Points: []report.Point{point(0.2, 5), point(1, 6), point(10, 20), point(100, 180)}},
				{Name: "consume", Points: []report.Point{point(0.2, 4), point(1, 6), point(10, 30), point(100, 250)}},
			}},
			{Name: "Headers", X: "headers", Lines: []report.Line{
				{Name: "publish", Points: []report.Point{point(0, 5), point(20, 9)}},
			}},
		},
		Facts: []report.Fact{
			{Name: "start of a service with 200 contracts", Unit: "ms", AtMost: 50, Samples: []float64{41.26, 40, 52}},
			{Name: "program without the bus", Unit: "MiB", Samples: []float64{12.3}},
			{Name: "start, cold", Unit: "ms", AtMost: 50, Samples: []float64{61}},
		},
	}
}

// golden compares with testdata; a file that is missing is expected to be empty.
// UPDATE_GOLDEN=<pattern> writes those that match, and the test still fails.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	diff := cmp.Diff(string(want), got)
	if diff == "" {
		return
	}
	if ok, _ := filepath.Match(os.Getenv("UPDATE_GOLDEN"), name); ok {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("%s (-want +got):\n%s", name, diff)
}

func TestWhatARunIsShownAs(t *testing.T) {
	t.Parallel()
	run := aRun()
	var text strings.Builder
	for _, g := range run.Groups {
		text.WriteString(g.Text())
	}
	text.WriteString(run.LatencyText())
	for _, c := range run.Curves {
		text.WriteString(c.Text())
	}
	text.WriteString(run.FactsText())
	golden(t, "bench.txt", text.String())
	golden(t, "bench.md", run.Markdown())
	golden(t, "throughput.svg", string(run.Bars()))
	golden(t, "cost.svg", string(run.Lines()))
}

// Tables and charts are made again from the JSON, byte for byte.
func TestJSONHasTheWholeRun(t *testing.T) {
	t.Parallel()
	b, err := aRun().JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "bench.json", string(b))
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := report.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(aRun(), got); diff != "" {
		t.Errorf("read again (-written +read):\n%s", diff)
	}
}

// What only a short run measured, and what one run did not measure, is not shown as if it were.
func TestAShortRunSaysSo(t *testing.T) {
	t.Parallel()
	run := aRun()
	run.Scale, run.Latencies, run.Curves, run.Facts = 0.05, nil, nil, nil
	got := run.Markdown()
	if !strings.Contains(got, "A short run, of 0.05 of the records") {
		t.Errorf("nothing says that it was a short run:\n%s", got)
	}
	for _, absent := range []string{"latency", "### once", "NaN", "Inf"} {
		if strings.Contains(got, absent) {
			t.Errorf("%q is in\n%s", absent, got)
		}
	}
}
