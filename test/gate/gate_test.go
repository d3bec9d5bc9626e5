package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The gate is tried on clones, by the command that people and CI run.
func TestBreaking(t *testing.T) {
	t.Parallel()
	replace := func(file, old, with string) func(repo) {
		return func(r repo) { r.replace(file, old, with) }
	}
	const due = "google.protobuf.Timestamp due_date = 6;"
	rows := []struct {
		name string
		edit func(repo)
		want string // in the refusal; "" if the change is compatible
	}{
		{"comment changed", replace(todoCreated, "// What is to be done.", "// The task."), ""},
		{"optional field added", replace(todoCreated, due, due+"\n\n  // More.\n  optional string note = 7;"), ""},
		{"event added", func(r repo) {
			r.t.Helper()
			b, err := os.ReadFile(filepath.Join(r.dir, todoCreated))
			if err != nil {
				r.t.Fatal(err)
			}
			text := strings.ReplaceAll(string(b), "TodoCreated", "TodoCopied")
			if err := os.WriteFile(filepath.Join(r.dir, "proto/events/todo/v1/todo_copied.proto"), []byte(text), 0o644); err != nil {
				r.t.Fatal(err)
			}
		}, ""},
		{"field renamed", replace(todoCreated, "string title = 3", "string heading = 3"), `"title" to "heading"`},
		{"field renumbered", replace(todoCreated, due, "google.protobuf.Timestamp due_date = 9;"), `field "6"`},
		{"field removed", replace(todoCreated, due, ""), `field "6" with name "due_date"`},
		{"type changed", replace(todoCreated, due, "string due_date = 6;"), "due_date"},
		{"presence changed", replace(todoCreated, "optional string description", "string description"), "description"},
		{"event renamed", replace(todoCreated, "message TodoCreated {", "message TodoMade {"), `message "TodoCreated" was deleted`},
		{"event moved to another package", func(r repo) {
			r.t.Helper()
			r.git("mv", todoCreated, "proto/events/todo/v2/todo_made.proto")
			r.replace("proto/events/todo/v2/todo_made.proto", "package events.todo.v1;", "package events.todo.v2;")
			r.replace("proto/events/todo/v2/todo_made.proto", "message TodoCreated {", "message TodoMade {")
		}, "todo_created.proto"},
		{"event removed", func(r repo) { r.git("rm", "-q", todoCreated) }, "todo_created.proto"},
		{"all contracts removed", func(r repo) { r.git("rm", "-rq", "proto/events") }, "todo_created.proto"},
		{"vocabulary changed", replace("proto/eventcontracts/v1/options.proto", "string topic = 1", "string topic = 31"), "options.proto"},
		{"not linted", replace(todoCreated, "string title = 3", "string Title = 3"), "lower_snake_case"},
	}
	from := seed(t)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := from.clone(t)
			row.edit(r)
			r.commit("change")
			out, err := r.breaking()
			switch {
			case row.want == "" && err != nil:
				t.Errorf("a compatible change was refused: %v\n%s", err, out)
			case row.want != "" && err == nil:
				t.Errorf("a breaking change passed:\n%s", out)
			case !strings.Contains(out, row.want):
				t.Errorf("the refusal does not name %q:\n%s", row.want, out)
			}
		})
	}
}
