package deadletter_test

import (
	"os"
	"strings"
	"testing"
)

// TestTheDocsDescribeEachHeader looks for one row of a table for each header,
// and for no other.
func TestTheDocsDescribeEachHeader(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/dead-letters.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for line := range strings.Lines(string(page)) {
		if name, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ = strings.Cut(name, "`")
			if strings.HasPrefix(name, "dlq-") || strings.HasPrefix(name, "redrive-") {
				rows[name]++
			}
		}
	}
	for _, name := range headerNames {
		if rows[name] != 1 {
			t.Errorf("docs/dead-letters.md has %d rows for %s", rows[name], name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("docs/dead-letters.md describes %s, which nothing writes", name)
	}
}
