package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// DESIGN.md is the map of the tree: a package that it does not name, or a file that
// is not there any more, leads a reader astray.
func TestTheDesignNamesEveryPackageAndNoFileThatIsGone(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	design := string(text)
	out, err := exec.Command("go", "list", "-C", "../..", "-f", "{{if .GoFiles}}{{.ImportPath}}{{end}}", "./cmd/...", "./internal/...", "./pkg/...", "./conversions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(strings.ReplaceAll(string(out), "github.com/eventcontracts/eventcontracts/", ""))
	if len(packages) < 20 {
		t.Fatalf("there are only the packages %v", packages)
	}
	for _, dir := range packages {
		if !strings.Contains(design, "\n| `"+dir+"` |") {
			t.Errorf("DESIGN.md has no row for %s", dir)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(design, -1) {
		if _, err := os.Stat(filepath.Join("../..", row[1])); err != nil {
			t.Errorf("DESIGN.md has a row for %s: %v", row[1], err)
		}
	}
	// A file without its folder is in the last one that was named before it, or in
	// pkg/eventbus, whose files these ways mostly are.
	for _, name := range regexp.MustCompile("`([a-z_/]+\\.go)`").FindAllStringSubmatch(design, -1) {
		found := false
		for _, dir := range []string{"", "pkg/eventbus", "pkg/event", "internal/kafkaclient", "internal/deadletter"} {
			if _, err := os.Stat(filepath.Join("../..", dir, name[1])); err == nil {
				found = true
			}
		}
		if !found {
			t.Errorf("DESIGN.md names %s, which is nowhere", name[1])
		}
	}
}

// DESIGN.md says that imports go down its table only: who reads it from the top
// meets nothing that it has to look up first below.
func TestImportsGoDownTheDesignsTable(t *testing.T) {
	t.Parallel()
	const module = "github.com/eventcontracts/eventcontracts/"
	text, err := os.ReadFile("../../DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]int{}
	for i, m := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		row[m[1]] = i
	}
	out, err := exec.Command("go", "list", "-C", "../..", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./cmd/...", "./internal/...", "./pkg/...", "./conversions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		paths := strings.Fields(line)
		from := strings.TrimPrefix(paths[0], module)
		for _, path := range paths[1:] {
			to, ours := strings.CutPrefix(path, module)
			if !ours || strings.HasPrefix(to, "gen/") {
				continue
			}
			seen++
			if row[to] <= row[from] {
				t.Errorf("%s imports %s, which stands above it in DESIGN.md", from, to)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d imports were seen: does this test still look for the right thing?", seen)
	}
}
