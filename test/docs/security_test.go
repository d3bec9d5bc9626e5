package docs_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var kafkaVariable = regexp.MustCompile(`\bKAFKA_[A-Z_]+[A-Z]\b`)

func variables(text string) []string {
	found := kafkaVariable.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// A variable that is read and not documented is found by nobody, and one that
// is documented and not read by everybody.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	want := variables(read(t, filepath.Join(root, "pkg", "kafkaconn", "env.go")) + " KAFKA_SASL_TOKEN") // eventctl's own
	got := variables(read(t, filepath.Join(root, "docs", "security.md")))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/security.md (-read +documented):\n%s", diff)
	}
	if len(want) < 15 {
		t.Errorf("only %d variables were found", len(want))
	}
}
