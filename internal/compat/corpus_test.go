package compat_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "google.golang.org/protobuf/types/known/anypb" // imports of the corpus
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

const corpus = "testdata/corpus"

// today is the day on which the corpus is judged.
var today = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// The corpus is the gate's documentation by example: each directory has a change, as
// before.proto and after.proto, and findings.txt says what the gate does. Directories
// named silent have compatible changes. UPDATE_GOLDEN=PATTERN refreshes the findings of
// the directories that match.
func TestCorpus(t *testing.T) {
	t.Parallel()
	pairs := pairs(t)
	if len(pairs) < 150 {
		t.Errorf("there are only %d pairs", len(pairs))
	}
	for _, dir := range pairs {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			findings := compare(t, dir, nil)
			silent := strings.Contains(dir, "silent/")
			if silent != (len(findings) == 0) {
				t.Errorf("%d findings, and silent is %t", len(findings), silent)
			}
			golden(t, dir, written(findings))
		})
	}
}

// A rule that is never seen to fire might be off: each has a directory in which it
// fires, and in which it does not when it is switched off.
func TestEachRuleFires(t *testing.T) {
	t.Parallel()
	fires := map[string]string{}
	promises := map[string]map[compat.Promise]bool{}
	for _, dir := range pairs(t) {
		for _, f := range compare(t, dir, nil) {
			fires[f.Rule] = dir
			if promises[f.Rule] == nil {
				promises[f.Rule] = map[compat.Promise]bool{}
			}
			promises[f.Rule][f.Promise] = true
		}
	}
	for _, r := range compat.Rules() {
		if r.IsLint() || r.ID == compat.MajorAdded { // see lint_test.go and event_test.go
			continue
		}
		dir, ok := fires[r.ID]
		if !ok {
			t.Errorf("no pair of the corpus breaks %s", r.ID)
			continue
		}
		for _, p := range r.Promises {
			if !promises[r.ID][p] {
				t.Errorf("no pair of the corpus breaks promise %s by %s", p, r.ID)
			}
		}
		for _, f := range compare(t, dir, []string{r.ID}) {
			if f.Rule == r.ID {
				t.Errorf("%s is off, and fires", r.ID)
			}
		}
		delete(fires, r.ID)
	}
	for id, dir := range fires {
		if id != compat.MajorAdded {
			t.Errorf("%s breaks %s, which is not among the rules", dir, id)
		}
	}
}

func pairs(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "after.proto" {
			rel, _ := filepath.Rel(corpus, filepath.Dir(path))
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compare(t *testing.T, dir string, off []string) []compat.Finding {
	t.Helper()
	return compat.Compare(state(t, dir, "before.proto"), state(t, dir, "after.proto"), compat.Options{Now: today, Off: off})
}

func state(t *testing.T, dir, file string) *compat.State {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpus, dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return stateOf(t, map[string]string{file: string(text)})
}

func stateOf(t *testing.T, files map[string]string) *compat.State {
	t.Helper()
	s, err := compat.NewState(contracttest.Compile(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written are findings as findings.txt has them.
func written(fs []compat.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%s (%s) %s %s\n", f.Rule, f.Promise, f.Event, f.Version)
		fmt.Fprintf(&b, "  %s, before %s, after %s\n", f.Subject, place(f.Old), place(f.New))
		fmt.Fprintf(&b, "  %s\n  to do: %s\n", f.Breaks, f.Fix)
	}
	return b.String()
}

func place(p compat.Position) string {
	if p.File == "" {
		return "-"
	}
	return fmt.Sprintf("line %d", p.Line)
}

// golden compares with findings.txt; a missing one is empty.
func golden(t *testing.T, dir, got string) {
	t.Helper()
	file := filepath.Join(corpus, dir, "findings.txt")
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" && got != string(want) {
		if ok, _ := filepath.Match(pattern, dir); ok || pattern == "*" {
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if got != "" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", file)
			return
		}
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
