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
		{"optional field added", func(r repo) {
			r.replace(todoCreatedV2, due, due+"\n\n  // More.\n  optional string note = 8;")
			r.replace(todoCreatedV2, "owner: \"team-todo\"", "owner: \"team-todo\"\n    revision: 1")
			r.replace(todoCreated, due, due+"\n\n  // More.\n  optional string note = 7;")
			r.replace(todoCreated, "owner: \"team-todo\"", "owner: \"team-todo\"\n    revision: 1")
		}, ""},
		{"revision forgotten", replace(todoCreated, due, due+"\n\n  // More.\n  optional string note = 7;"), `set revision: 1`},
		{"text shortened", replace(todoCreated, "max_len: 500", "max_len: 400"), "a text of 401 characters, valid before, is refused"},
		{"field required", replace(todoCreated, "due_date = 6;", "due_date = 6 [(buf.validate.field).required = true];"), "a record without due_date, valid before, is refused"},
		{"moved to another topic", replace(todoCreated, "topic: \"todos\"", "topic: \"reminders\""), "its topic was"},
		{"key changed", replace(todoCreated, "key: \"todo_id\"", "key: \"user_id\""), "it was keyed by todo_id"},
		{"rule about now", replace(todoCreated, "due_date = 6;", "due_date = 6 [(buf.validate.field).timestamp.gt_now = true];"), "a rule of due_date compares it with the time"},
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
		{"field renumbered", replace(todoCreated, due, "google.protobuf.Timestamp due_date = 9;"), "due_date was field 6 and is 9"},
		{"field removed", replace(todoCreated, due, ""), "due_date is deleted, and a later field of its name or number"},
		{"field removed and reserved", func(r repo) {
			r.replace(todoCreated, due, "reserved 6;\n  reserved \"due_date\";")
			r.replace(todoCreated, "owner: \"team-todo\"", "owner: \"team-todo\"\n    revision: 1")
		}, ""},
		{"type changed", replace(todoCreated, due, "string due_date = 6;"), "due_date"},
		{"presence changed", replace(todoCreated, "optional string description", "string description"), "description"},
		{"event renamed", replace(todoCreated, "message TodoCreated {", "message TodoMade {"), "the event is removed, and was never deprecated"},
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
