package docs_test

import (
	"path/filepath"
	"regexp"
	"testing"
)

var (
	faultTest = regexp.MustCompile(`^TestF[0-9]{2}_`)
	faultRow  = regexp.MustCompile("(?m)^\\| (F[0-9]{2}) \\| .* \\| `(TestF[0-9]{2}_[A-Za-z]+)` \\|$")
)

// The page of reliability has a row for each fault that a test causes, and claims none
// that no test does.
func TestFaultsHaveTheirTests(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, m := range faultRow.FindAllStringSubmatch(read(t, filepath.Join(root, "docs", "reliability.md")), -1) {
		if m[2][len("Test"):len("TestF13")] != m[1] {
			t.Errorf("the row %s has the test %s", m[1], m[2])
		}
		rows[m[2]] = true
	}
	if len(rows) == 0 {
		t.Fatal("docs/reliability.md has no row of a fault")
	}
	for _, test := range allTests(t) {
		if !faultTest.MatchString(test.name) {
			continue
		}
		if !rows[test.name] {
			t.Errorf("docs/reliability.md has no row for %s in %s", test.name, test.file)
		}
		delete(rows, test.name)
	}
	for name := range rows {
		t.Errorf("docs/reliability.md names %s, which is no test", name)
	}
}
