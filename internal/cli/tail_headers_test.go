package cli_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Headers of a topic's records could not be seen at all.
func TestTailShowsHeaders(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, &kgo.Record{Topic: "orders", Key: []byte("o-9"), Value: []byte("x"), Headers: []kgo.RecordHeader{
		{Key: "traceparent", Value: []byte("00-1")}, {Key: "bell\a", Value: []byte("\x1b[31m\u009b")}, {Key: "none"}, {Key: "raw", Value: []byte{0xff}},
	}})
	if got := e.ok("tail", "orders", "--key", "o-9"); strings.Contains(got, "traceparent") {
		t.Errorf("headers are shown without --headers:\n%s", got)
	}
	got := e.ok("tail", "orders", "--key", "o-9", "--headers")
	want := "\n    traceparent: 00-1\n    bell\\x07: \\x1b[31m\\u009b\n    none: (null)\n    raw: base64 /w==\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("tail --headers:\n%s\nwant at its end\n%s", got, want)
	}
	if got := e.ok("tail", "orders", "--key", "o-9", "--json"); !strings.Contains(got, `"headers":[{"key":"traceparent","value":"00-1"},`) {
		t.Errorf("tail --json:\n%s", got)
	}
}

// The binary mode of CloudEvents repeats the key in a header.
func TestAHiddenKeyIsHiddenInHeadersToo(t *testing.T) {
	t.Parallel()
	e, b := personalKeys(t)
	write(t, b, &kgo.Record{Topic: "people", Key: []byte("ann-1"), Headers: []kgo.RecordHeader{
		{Key: "ce_partitionkey", Value: []byte("Ann-1")}, {Key: "copy", Value: []byte("ann-1")}, {Key: "tenant", Value: []byte("a")},
	}})
	for _, line := range []string{"tail people --headers", "tail people --json"} {
		if got := e.ok(strings.Fields(line)...); strings.Contains(strings.ToLower(got), "ann-1") || !strings.Contains(got, "tenant") {
			t.Errorf("eventctl %s:\n%s\nwant the key hidden", line, got)
		}
		if got := e.ok(append(strings.Fields(line), "--reveal")...); !strings.Contains(got, "Ann-1") {
			t.Errorf("eventctl %s --reveal:\n%s", line, got)
		}
	}
}
