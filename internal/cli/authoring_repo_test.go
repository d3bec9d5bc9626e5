package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// repository is a contract repository with a Go module of its own that takes this one's
// work tree, a buf if there is one here, and no event yet.
func repository(t *testing.T) *eventctl {
	t.Helper()
	e := newEventctl(t, "")
	e.dir = repositoryIn(t)
	return e
}

// repositoryIn is a new directory with such a repository.
func repositoryIn(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" { // the same versions, so that nothing is fetched
			text = bytes.Replace(text, []byte("module "+thisModule), []byte("module example.com/shop"), 1)
			text = regexp.MustCompile(`(?m)^tool .*$`).ReplaceAll(text, nil)
			text = append(text, fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %s => %s\n", thisModule, thisModule, root)...)
		}
		write1(t, dir, name, string(text))
	}
	write1(t, dir, "buf.yaml", "version: v2\nmodules:\n  - path: proto\n  - path: third_party\n    lint:\n      ignore: [third_party]\n    breaking:\n      ignore: [third_party]\nlint:\n  use: [STANDARD]\n  except: [IMPORT_USED]\nbreaking:\n  use: [FILE]\n")
	for from, to := range map[string]string{
		"proto/eventcontracts/v1/options.proto":                 "third_party/eventcontracts/v1/options.proto",
		"third_party/protovalidate/buf/validate/validate.proto": "third_party/buf/validate/validate.proto",
	} {
		text, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			t.Fatal(err)
		}
		write1(t, dir, to, string(text))
	}
	if err := os.MkdirAll(filepath.Join(dir, "proto"), 0o755); err != nil {
		t.Fatal(err)
	}
	if buf := filepath.Join(root, "bin", "buf"); isFile(buf) {
		if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(buf, filepath.Join(dir, "bin", "buf")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const thisModule = "github.com/eventcontracts/eventcontracts"

func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// command runs a program in the repository, which must succeed.
func (e *eventctl) command(name string, args ...string) string {
	e.t.Helper()
	cmd := exec.CommandContext(e.t.Context(), name, args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		e.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (e *eventctl) commit() {
	e.t.Helper()
	if !isFile(filepath.Join(e.dir, ".git")) {
		e.command("git", "init", "-q", "-b", "main")
	}
	e.command("git", "add", "-A")
	e.command("git", "commit", "-q", "--allow-empty", "-m", "a change")
}

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

// The commands of docs/generator.md run as they are printed, one after the other. Its last
// one once asked for a key that the event of its first block does not have.
func TestTheCommandsOfTheGeneratorsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "generator.md"))
	if err != nil {
		t.Fatal(err)
	}
	e := repository(t)
	for _, name := range []string{"go.mod", "go.sum"} { // no Go is generated then, which takes time
		if err := os.Remove(filepath.Join(e.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			var args []string
			for _, word := range words.FindAllString(strings.TrimSpace(line), -1) {
				args = append(args, strings.Trim(strings.TrimSpace(word), `'"`))
			}
			if args[0] != "eventctl" {
				t.Errorf("the page has a command of another program: %s", line)
				continue
			}
			n++
			if r := e.run(args[1:]...); r.code != 0 {
				t.Errorf("%s: exit code %d\n%s", line, r.code, r.stderr)
			}
		}
	}
	if n < 7 {
		t.Errorf("the page has %d commands", n)
	}
}
