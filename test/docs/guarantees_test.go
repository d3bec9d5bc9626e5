package docs_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// provingTest is a test function whose name may carry rule ids, such as
// TestC9_C22_MembersComeAndGo.
type provingTest struct {
	name  string
	file  string // from the repository's top
	kafka bool   // it needs make test-kafka
}

var (
	testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\) \{`)
	ruleID       = regexp.MustCompile(`^[A-EG-Z][0-9]{1,2}$`) // F: a fault, which is no promise
)

// ids are the rules that the test proves.
func (t provingTest) ids() []string {
	var out []string
	for part := range strings.SplitSeq(strings.TrimPrefix(t.name, "Test"), "_") {
		if ruleID.MatchString(part) {
			out = append(out, part)
		}
	}
	return out
}

// link is the test as the page shows it; page is the folder of the page.
func (t provingTest) link(page string) string {
	target, err := filepath.Rel(filepath.FromSlash(page), filepath.FromSlash(t.file))
	if err != nil {
		panic(err)
	}
	out := fmt.Sprintf("[%s](%s)", t.name, filepath.ToSlash(target))
	if t.kafka {
		out += " (`make test-kafka`)"
	}
	return out
}

// allTests lists the test functions of the repository, by file and place in it.
func allTests(t *testing.T) []provingTest {
	t.Helper()
	var out []provingTest
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && strings.HasPrefix(path.Base(file), "."): // .git, .venv
			return fs.SkipDir
		case !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text := read(t, filepath.Join(root, file))
		kafka := strings.HasPrefix(text, "//go:build kafka\n")
		for _, m := range testFunction.FindAllStringSubmatch(text, -1) {
			out = append(out, provingTest{m[1], file, kafka})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	ruleSection = regexp.MustCompile(`(?ms)^### ([A-Z][0-9]{1,2})\n(.*?)\nProof:\n(?:\[Test[^\n]*\n)*`)
	ruleHeading = regexp.MustCompile(`(?m)^### (.*)$`)
)

// The page of guarantees has every rule id that a test name carries, and under each
// id the tests that carry it. UPDATE_GOLDEN=guarantees.md writes those lists anew,
// after a test was moved, renamed or added.
func TestGuaranteesHaveTheirTests(t *testing.T) {
	t.Parallel()
	proofs := map[string][]string{}
	for _, test := range allTests(t) {
		for _, id := range test.ids() {
			proofs[id] = append(proofs[id], test.link("docs"))
		}
	}
	if len(proofs) < 50 {
		t.Fatalf("test names carry %d rule ids only: does this test still look for the right thing?", len(proofs))
	}
	page := filepath.Join(root, "docs", "guarantees.md")
	text := read(t, page)
	described := map[string]bool{}
	want := ruleSection.ReplaceAllStringFunc(text, func(section string) string {
		m := ruleSection.FindStringSubmatch(section)
		id, promise := m[1], m[2]
		if described[id] {
			t.Errorf("%s has two sections", id)
		}
		described[id] = true
		if !strings.HasPrefix(promise, "\n**") {
			t.Errorf("%s does not begin with its promise in bold", id)
		}
		return "### " + id + "\n" + promise + "\nProof:\n" + strings.Join(proofs[id], ",\n") + "\n"
	})
	for _, id := range slices.Sorted(maps.Keys(proofs)) {
		if !described[id] {
			t.Errorf("docs/guarantees.md lacks a section %q with a line \"Proof:\": %s carries that id", "### "+id, proofs[id][0])
		}
	}
	for id := range described {
		if len(proofs[id]) == 0 {
			t.Errorf("no test carries the id %s, which docs/guarantees.md promises", id)
		}
	}
	for _, m := range ruleHeading.FindAllStringSubmatch(text, -1) {
		if !described[m[1]] {
			t.Errorf("the section %q is not a rule with a line \"Proof:\"", m[1])
		}
	}
	diff := cmp.Diff(want, text)
	if diff == "" {
		return
	}
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern == "guarantees.md" || pattern == "*" {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", page)
		return
	}
	t.Errorf("the tests that docs/guarantees.md names are not those that there are: run UPDATE_GOLDEN=guarantees.md go test ./test/docs (-there are +named):\n%s", diff)
}

var ruleLink = regexp.MustCompile(`\]\((?:docs/)?(?:guarantees\.md)?#([a-z][0-9]{1,2})\)`)

// A link to a rule leads to its section: #c9 to ### C9.
func TestLinksToGuaranteesLeadToRules(t *testing.T) {
	t.Parallel()
	headings := map[string]bool{}
	for _, m := range ruleHeading.FindAllStringSubmatch(read(t, filepath.Join(root, "docs", "guarantees.md")), -1) {
		headings[strings.ToLower(m[1])] = true
	}
	n := 0
	for _, page := range pages(t) {
		for _, m := range ruleLink.FindAllStringSubmatch(read(t, page), -1) {
			n++
			if !headings[m[1]] {
				t.Errorf("%s: the link to #%s leads to no rule", page, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d links to rules were found", n)
	}
}
