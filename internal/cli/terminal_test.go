package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/twmb/franz-go/pkg/kgo"
)

// hostile has one of each kind of character that changes what a terminal shows.
const hostile = "\u009b31m\u0085\x7f\u202e\u2066\u200b\x1b]0;t\a\r"

// What others wrote passed as it was, in --json above all: records and their headers,
// comments and file names of contracts.
func TestNothingThatOthersWroteReachesTheTerminal(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "proto", "shop", "orders", "v1", "order_cancelled.proto")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	comment := strings.Replace(string(text), "message OrderCancelled", "// Comment "+strings.ReplaceAll(hostile, "\r", "")+"\nmessage OrderCancelled", 1)
	if err := os.WriteFile(file, []byte(comment), 0o600); err != nil {
		t.Fatal(err)
	}
	e.dir = dir
	write(t, b, &kgo.Record{Topic: "orders", Key: []byte(hostile), Value: []byte(hostile)})
	write(t, b, dead(1, hostile, hostile, hostile, kgo.RecordHeader{Key: hostile, Value: []byte(hostile)}))
	for _, line := range []string{
		"tail orders", "tail orders --json", "tail " + ordersDLQ + " --json", "dlq list", "dlq list --json", "dlq list " + ordersDLQ, "dlq list --json " + ordersDLQ,
		"dlq show " + ordersDLQ + " 0/0", "dlq show --json " + ordersDLQ + " 0/0", "dlq redrive " + ordersDLQ, "dlq redrive --json " + ordersDLQ,
		"list", "list --json", "describe OrderCancelled", "describe --json OrderCancelled", "check --json",
		"tail " + hostile, "dlq show " + ordersDLQ + " " + hostile, "--contracts " + hostile + " check", "publish OrderCancelled {\"" + hostile, "--context " + hostile + " tail orders",
		"new " + hostile, "dlq list --only-reason " + hostile, "broker --port " + hostile, hostile,
	} {
		r := e.run(strings.Split(line, " ")...)
		for _, c := range r.stdout + r.stderr {
			if c != '\n' && c != '\t' && !unicode.IsPrint(c) {
				t.Errorf("eventctl %q prints %U:\n%q\n%q", line, c, r.stdout, r.stderr)
				break
			}
		}
	}
}
