package gate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commitID is different on every run.
var commitID = regexp.MustCompile(`\b[0-9a-f]{12}\b`)

// words are a text without what a terminal's width makes of it, and without commits.
func words(text string) string {
	return commitID.ReplaceAllString(strings.Join(strings.Fields(text), " "), "COMMIT")
}

// The page showed an output of another version. What it leaves out is "…", which the output
// has too where a value is long.
func TestThePageShowsWhatTheGatePrints(t *testing.T) {
	t.Parallel()
	r := seed(t)
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "compatibility.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "$ eventctl gate --against main\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("the page shows no output of the gate")
	}
	services, err := os.ReadFile(filepath.Join("..", "..", "services.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(r.dir, "services.yaml"), services, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	r.replace(todoCreated, "    owner: \"team-todo\"\n", "    owner: \"team-todo\"\n    revision: 1\n")
	out, errs, code := r.gate("--against", "HEAD")
	if code != 1 {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	rest := words(out)
	for part := range strings.SplitSeq(words(block), "…") {
		_, after, ok := strings.Cut(rest, strings.TrimSpace(part))
		if !ok {
			t.Errorf("the page shows %q, and the gate prints\n%s", strings.TrimSpace(part), out)
			continue
		}
		rest = after
	}
}
