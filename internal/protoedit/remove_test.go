package protoedit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/protoedit"
)

func TestRemove(t *testing.T) {
	t.Parallel()
	const src = `syntax = "proto3";

package events.todo.v1;

import "eventcontracts/v1/options.proto";
// The parts.
import "events/todo/v1/parts.proto"; // all of them
import "events/todo/v1/topics.proto";

option go_package = "x";

// The topic.
option (eventcontracts.v1.topic) = {
  name: "todos"
};
option (eventcontracts.v1.topic) = {name: "more"};

// Todo.
message Todo {}
`
	for _, eol := range []string{"\n", "\r\n"} {
		f, err := protoedit.Parse("todo.proto", []byte(strings.ReplaceAll(src, "\n", eol)))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.RemoveImport("events/todo/v1/parts.proto"); err != nil {
			t.Fatal(err)
		}
		if err := f.RemoveTopics(); err != nil {
			t.Fatal(err)
		}
		if err := f.RemoveTopics(); err != nil {
			t.Errorf("removing topics where there are none: %v", err)
		}
		const want = `syntax = "proto3";

package events.todo.v1;

import "eventcontracts/v1/options.proto";
import "events/todo/v1/topics.proto";

option go_package = "x";

// Todo.
message Todo {}
`
		if diff := cmp.Diff(strings.ReplaceAll(want, "\n", eol), string(f.Bytes())); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", eol, diff)
		}
		before := string(f.Bytes())
		if err := f.RemoveImport("gone.proto"); err == nil {
			t.Error("an import that is not there was removed")
		}
		if string(f.Bytes()) != before {
			t.Error("a refused edit has changed the file")
		}
	}
}

// Several declarations on a line: only the one that is meant goes.
func TestRemoveFromALine(t *testing.T) {
	t.Parallel()
	const src = `syntax = "proto3"; import "a.proto"; import "b.proto"; option (eventcontracts.v1.topic) = {name: "x"}; message M {}`
	f, err := protoedit.Parse("m.proto", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveImport("a.proto"); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveTopics(); err != nil {
		t.Fatal(err)
	}
	if got, want := string(f.Bytes()), `syntax = "proto3";  import "b.proto";  message M {}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRemoveEventOption(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ option, want string }{
		"own line":       {"option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    revision: 1 // one\n    key: \"id\"\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    key: \"id\"\n  };"},
		"last line":      {"option (eventcontracts.v1.event) = {\n    topic: \"t\",\n    revision: 1\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\",\n  };"},
		"in a line":      {`option (eventcontracts.v1.event) = {topic: "t", revision: 1, key: "id"};`, `option (eventcontracts.v1.event) = {topic: "t", key: "id"};`},
		"last in a line": {`option (eventcontracts.v1.event) = {topic: "t" revision: 1};`, `option (eventcontracts.v1.event) = {topic: "t"};`},
		"alone":          {`option (eventcontracts.v1.event) = {revision: 1};`, `option (eventcontracts.v1.event) = {};`},
		"statement":      {"option (eventcontracts.v1.event).topic = \"t\";\n  option (eventcontracts.v1.event).revision = 1;", "option (eventcontracts.v1.event).topic = \"t\";"},
		"absent":         {`option (eventcontracts.v1.event) = {topic: "t"};`, `option (eventcontracts.v1.event) = {topic: "t"};`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			around := func(option string) string {
				return "syntax = \"proto3\";\nmessage M {\n  " + option + "\n  string id = 1;\n}\n"
			}
			f, err := protoedit.Parse("m.proto", []byte(around(row.option)))
			if err != nil {
				t.Fatal(err)
			}
			if err := f.RemoveEventOption("M", "revision"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(around(row.want), string(f.Bytes())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
