package changeset_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"crlf": "a\r\nb\r\n", "gone": "x\n", "long": strings.Repeat("same\n", 9) + "old\n" + strings.Repeat("same\n", 9) + "last",
		"binary": "\x00a", "with blank": "a", "empty": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := changeset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Replace("with blank", []byte("a\n"))
	p.Replace("long", []byte("first\n"+strings.Repeat("same\n", 9)+"new\n"+strings.Repeat("same\n", 9)+"last\n"))
	p.Replace("crlf", []byte("a\r\nB\r\n"))
	p.Replace("binary", []byte("\x00b"))
	p.Delete("gone")
	p.Delete("empty")
	p.Create("dir/none", nil)
	p.Create("dir/new", []byte("one"))
	want := `diff --git a/binary b/binary
Binary files a/binary and b/binary differ
diff --git a/crlf b/crlf
--- a/crlf
+++ b/crlf
@@ -1,2 +1,2 @@
 a` + "\r" + `
-b` + "\r" + `
+B` + "\r" + `
diff --git a/dir/new b/dir/new
new file mode 100644
--- /dev/null
+++ b/dir/new
@@ -0,0 +1 @@
+one
\ No newline at end of file
diff --git a/dir/none b/dir/none
new file mode 100644
diff --git a/empty b/empty
deleted file mode 100644
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/long b/long
--- a/long
+++ b/long
@@ -1,3 +1,4 @@
+first
 same
 same
 same
@@ -7,7 +8,7 @@
 same
 same
 same
-old
+new
 same
 same
 same
@@ -17,4 +18,4 @@
 same
 same
 same
-last
\ No newline at end of file
+last
diff --git a/with blank b/with blank
--- a/with blank` + "\t" + `
+++ b/with blank` + "\t" + `
@@ -1 +1 @@
-a
\ No newline at end of file
+a
`
	got, err := p.Diff()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	changes := []changeset.Change{
		{"binary", "replace", 1, 1},
		{"crlf", "replace", 1, 1},
		{"dir/new", "create", 1, 0},
		{"dir/none", "create", 0, 0},
		{"empty", "delete", 0, 0},
		{"gone", "delete", 0, 1},
		{"long", "replace", 3, 2},
		{"with blank", "replace", 1, 1},
	}
	if diff := cmp.Diff(changes, p.Changes()); diff != "" {
		t.Error(diff)
	}
}

// git applies the diffs of random texts to what the plan would have written.
func TestGitAppliesTheDiff(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	r := rand.New(rand.NewPCG(11, 4))
	text := func() []byte {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString([]string{"a", "b", "", "c\r"}[r.IntN(4)] + "\n")
		}
		if r.IntN(2) == 0 {
			b.WriteString("end")
		}
		return []byte(b.String())
	}
	dir := t.TempDir()
	want := map[string]string{}
	p, err := changeset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		name := fmt.Sprintf("f %d/x", i)
		after := text()
		want[name] = string(after)
		if i%5 == 0 {
			p.Create(name, after)
			continue
		}
		if err := os.Mkdir(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text(), 0o644); err != nil {
			t.Fatal(err)
		}
		p.Replace(name, after)
	}
	diff, err := p.Diff()
	if err != nil {
		t.Fatal(err)
	}
	apply := exec.Command(git, "apply", "--whitespace=nowarn", "-")
	apply.Dir, apply.Stdin = dir, strings.NewReader(diff)
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, diff)
	}
	for name, content := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != content {
			t.Errorf("%s is %q, want %q, %v", name, got, content, err)
		}
	}
}
