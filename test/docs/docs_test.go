// Package docs_test holds the documentation against the repository.
package docs_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

func pages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			n++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s: %s leads nowhere", page, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d links were found", n)
	}
}

var (
	heading    = regexp.MustCompile("(?m)^#+ (.*)$")
	notInASlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// A link to a heading, such as docs/security.md#environment, leads to one: GitHub
// makes the names of the text in lower case, without its punctuation, and with
// hyphens for blanks.
func TestLinksToHeadingsLeadToOne(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			target, fragment, _ := strings.Cut(m[1], "#")
			if fragment == "" || strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if !strings.HasSuffix(file, ".md") {
				continue
			}
			n++
			found := slices.ContainsFunc(heading.FindAllStringSubmatch(read(t, file), -1), func(h []string) bool {
				name := notInASlug.ReplaceAllString(strings.ToLower(h[1]), "")
				return strings.ReplaceAll(name, " ", "-") == fragment
			})
			if !found {
				t.Errorf("%s: %s leads to no heading", page, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d links to headings were found", n)
	}
}

var testLink = regexp.MustCompile(`\[(Test\w+)\]\(([^)\s]+)\)`)

// A guarantee without its test is a claim.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	tests := allTests(t)
	elsewhere := func(name string) string {
		if i := slices.IndexFunc(tests, func(test provingTest) bool { return test.name == name }); i >= 0 {
			return ", but in " + tests[i].file
		}
		return ", nor anywhere else"
	}
	n := 0
	for _, page := range pages(t) {
		for _, m := range testLink.FindAllStringSubmatch(read(t, page), -1) {
			n++
			if !strings.Contains(read(t, filepath.Join(filepath.Dir(page), m[2])), "func "+m[1]+"(t *testing.T)") {
				t.Errorf("%s: %s is not in %s%s", page, m[1], m[2], elsewhere(m[1]))
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d tests are named", n)
	}
}

var shown = regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```\\w+\n(.*?)```")

// What a page shows as a file of the repository is that file.
func TestShownFilesAreTheFiles(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		for _, m := range shown.FindAllStringSubmatch(read(t, page), -1) {
			n++
			if m[2] != read(t, filepath.Join(root, m[1])) {
				t.Errorf("%s does not show %s as it is", page, m[1])
			}
		}
	}
	if n < 2 {
		t.Errorf("%d files are shown", n)
	}
}

// Whoever copies a service that README shows must be able to build it: what it
// imports from an internal folder, the compiler refuses outside this repository.
// That goes for the files beside a shown one, too, of which it is a part.
func TestShownServicesImportNothingInternal(t *testing.T) {
	t.Parallel()
	var folders []string
	for _, page := range pages(t) {
		for _, m := range shown.FindAllStringSubmatch(read(t, page), -1) {
			if strings.HasSuffix(m[1], ".go") {
				folders = append(folders, filepath.Dir(m[1]))
			}
		}
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	if len(folders) < 2 {
		t.Errorf("only %q are shown", folders)
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, imported := range parsed.Imports {
				path, err := strconv.Unquote(imported.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains(strings.Split(path, "/"), "internal") {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
