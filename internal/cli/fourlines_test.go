//go:build !race

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The lines that users of the generator in Python type.
var fourLines = [][]string{
	{"new", "TodoCreated", "id (UUID), title (str), description (str?), user_id (UUID), created_at (datetime)"},
	{"new", "TodoCompleted", "id (UUID), completed_by (UUID), completed_at (datetime)"},
	{"new", "TodoUpdated", "id (UUID), title (str?), description (str?), updated_at (datetime)"},
	{"new", "ReminderTriggered", "todo_id (UUID), reminder_type (str), triggered_at (datetime)"},
}

var baseline = regexp.MustCompile(`[0-9a-f]{12} \(HEAD~1\)`)

// The four lines work as written where there is nothing yet, one after the other, and
// what they print compiles.
func TestTheFourLines(t *testing.T) {
	t.Parallel()
	e := repository(t)
	if !isFile(filepath.Join(e.dir, "bin", "buf")) {
		t.Skip("bin/buf is not built: run make tools")
	}
	e.commit()
	e.commit()
	var all strings.Builder
	for i, args := range fourLines {
		r := e.run(args...)
		if r.code != 0 {
			t.Fatalf("eventctl %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.stderr)
		}
		fmt.Fprintf(&all, "$ eventctl %s\n%s%s\n", strings.Join(quoteArgs(args), " "), r.stderr, r.stdout)
		_, snippet, ok := strings.Cut(r.stdout, "Publish and handle it:\n\n")
		if !ok {
			t.Fatalf("there is no snippet in:\n%s", r.stdout)
		}
		write1(t, e.dir, fmt.Sprintf("snippet%d/app.go", i), snippet)
	}
	golden(t, "authoring/four-lines", baseline.ReplaceAllString(all.String(), "<commit> (HEAD~1)"))
	e.command("go", "vet", "./...")
	if out := e.command("gofmt", "-l", "snippet0", "snippet1", "snippet2", "snippet3"); out != "" {
		t.Errorf("gofmt would change %s", out)
	}
	e.ok("check")
	e.command("bin/buf", "lint")
	if out := e.command("bin/buf", "format", "-d", "proto"); out != "" {
		t.Errorf("buf format would change:\n%s", out)
	}

	// The same line again is refused, and changes nothing.
	before := tree(t, e.dir)
	if r := e.run(fourLines[0]...); r.code != 1 || !strings.Contains(r.stderr, "exists already") {
		t.Errorf("the first line again: exit code %d, %s", r.code, r.stderr)
	}
	if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
		t.Errorf("files have changed (-before +after):\n%s", diff)
	}

	// More fields and a next major, of what was made.
	all.Reset()
	for _, args := range [][]string{
		{"add-field", "TodoCreated", "priority (str? in[low|medium|high] = medium), tags (set[str <=50] <=20)"},
		{"new-version", "TodoCreated"},
		{"new-version", "ReminderTriggered", "--spec", "todo_id (UUID), kind (enum[email|push]), triggered_at (datetime)"},
		{"new", "NoteAdded", "note_id (UUID), about (events.todo.v2.TodoCreated), level (enum[a|b]), d (dict), list (list[datetime] >=1), f (float), n (int64), b (bytes), du (duration), x (Any), m (dict[str, enum[a|b]] >=1)"},
	} {
		r := e.run(args...)
		if r.code != 0 {
			t.Fatalf("eventctl %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.stderr)
		}
		fmt.Fprintf(&all, "$ eventctl %s\n%s%s\n", strings.Join(quoteArgs(args), " "), r.stderr, r.stdout)
		if _, snippet, ok := strings.Cut(r.stdout, "Publish and handle it:\n\n"); ok {
			write1(t, e.dir, "snippet-"+args[0]+args[1]+"/app.go", snippet)
		}
	}
	golden(t, "authoring/changes", baseline.ReplaceAllString(all.String(), "<commit> (HEAD~1)"))
	e.command("go", "vet", "./...")
	e.ok("check")
	e.command("bin/buf", "lint")
	e.command("go", "test", "./conversions/todo")
	cmd := exec.CommandContext(t.Context(), "go", "test", "./conversions/reminder")
	cmd.Dir = e.dir
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "the conversion from major 1 to 2 is not written") {
		t.Errorf("a conversion that nobody wrote: %v\n%s", err, out)
	}
	// A person writes it, and the test passes.
	file := filepath.Join(e.dir, "conversions/reminder/reminder_triggered_v2.go")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written := strings.NewReplacer(
		"\t\"errors\"\n\n", "",
		`return out, errors.New("the conversion from major 1 to 2 is not written")`, "out.Kind = reminderv2.ReminderTriggered_KIND_EMAIL\n\treturn out, nil",
		`return out, errors.New("the conversion from major 2 to 1 is not written")`, "out.ReminderType = \"email\"\n\treturn out, nil",
	).Replace(string(text))
	write1(t, e.dir, "conversions/reminder/reminder_triggered_v2.go", written)
	e.command("go", "test", "./conversions/...")
}
