package protoedit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSetEventOption(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"over lines":               {"option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    key: \"k\"\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    key: \"k\"\n    revision: 2\n  };"},
		"over lines, CRLF":         {"option (eventcontracts.v1.event) = {\r\n    topic: \"t\"\r\n  };", "option (eventcontracts.v1.event) = {\r\n    topic: \"t\"\r\n    revision: 2\r\n  };"},
		"over lines, a comment":    {"option (eventcontracts.v1.event) = {\n    topic: \"t\" // why\n    // more\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\" // why\n    revision: 2\n    // more\n  };"},
		"commas at the ends":       {"option (eventcontracts.v1.event) = {\n    topic: \"t\",\n    key: \"k\",\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\",\n    key: \"k\",\n    revision: 2,\n  };"},
		"commas between":           {"option (eventcontracts.v1.event) = {\n    topic: \"t\",\n    key: \"k\" // why\n  };", "option (eventcontracts.v1.event) = {\n    topic: \"t\",\n    key: \"k\", // why\n    revision: 2\n  };"},
		"semicolons":               {"option (eventcontracts.v1.event) = { topic: \"t\"; key: \"k\"; };", "option (eventcontracts.v1.event) = { topic: \"t\"; key: \"k\"; revision: 2; };"},
		"semicolons between":       {"option (eventcontracts.v1.event) = {topic: \"t\"; key: \"k\"};", "option (eventcontracts.v1.event) = {topic: \"t\"; key: \"k\"; revision: 2};"},
		"one line, blanks":         {"option (eventcontracts.v1.event) = { topic: \"t\" key: \"k\" };", "option (eventcontracts.v1.event) = { topic: \"t\" key: \"k\" revision: 2 };"},
		"one line, commas":         {"option (eventcontracts.v1.event) = {topic: \"t\", key: \"k\"};", "option (eventcontracts.v1.event) = {topic: \"t\", key: \"k\", revision: 2};"},
		"one field":                {"option (eventcontracts.v1.event) = {topic:\"t\"};", "option (eventcontracts.v1.event) = {topic:\"t\" revision: 2};"},
		"the brace at the end":     {"option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    key: \"k\" };", "option (eventcontracts.v1.event) = {\n    topic: \"t\"\n    key: \"k\" revision: 2 };"},
		"empty":                    {"option (eventcontracts.v1.event) = {};", "option (eventcontracts.v1.event) = {revision: 2};"},
		"empty, a blank":           {"option (eventcontracts.v1.event) = { };", "option (eventcontracts.v1.event) = { revision: 2 };"},
		"empty over lines":         {"option (eventcontracts.v1.event) = { // why\n  };", "option (eventcontracts.v1.event) = { // why\n    revision: 2\n  };"},
		"present":                  {"option (eventcontracts.v1.event) = {topic: \"t\", revision: 1 /* one */, key: \"k\"};", "option (eventcontracts.v1.event) = {topic: \"t\", revision: 2 /* one */, key: \"k\"};"},
		"present, by a full name":  {"option (.eventcontracts.v1.event) = {topic: \"t\" revision:1};", "option (.eventcontracts.v1.event) = {topic: \"t\" revision:2};"},
		"statements":               {"option (eventcontracts.v1.event).topic = \"t\"; // t\n  option (eventcontracts.v1.event).key = \"k\"; // k", "option (eventcontracts.v1.event).topic = \"t\"; // t\n  option (eventcontracts.v1.event).key = \"k\"; // k\n  option (eventcontracts.v1.event).revision = 2;"},
		"statements, present":      {"option (eventcontracts.v1.event).revision = 1;\n  option (eventcontracts.v1.event).key = \"k\";", "option (eventcontracts.v1.event).revision = 2;\n  option (eventcontracts.v1.event).key = \"k\";"},
		"statements on one line":   {"option (eventcontracts.v1.event).topic = \"t\"; string x = 9;", "option (eventcontracts.v1.event).topic = \"t\"; option (eventcontracts.v1.event).revision = 2; string x = 9;"},
		"angle brackets in braces": {"option (eventcontracts.v1.event) = { deprecated: < since: \"revision: 1\" > };", "option (eventcontracts.v1.event) = { deprecated: < since: \"revision: 1\" > revision: 2 };"},
		"another option beside it": {"option (mine) = {revision: 7};\n  option (eventcontracts.v1.event) = {topic: \"t\"};", "option (mine) = {revision: 7};\n  option (eventcontracts.v1.event) = {topic: \"t\" revision: 2};"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := func(option string) string {
				return "syntax = \"proto3\";\nmessage M {\n  " + option + "\n  string k = 1;\n}\n"
			}
			f := parse(t, in(c.src))
			if err := f.SetEventOption("M", "revision", "2"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(in(c.want), string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
			if got, err := f.EventOption("M", "revision"); got != "2" || err != nil {
				t.Errorf("revision is %q, %v", got, err)
			}
		})
	}
}

func TestTheEventOptionByANameWithinItsPackage(t *testing.T) {
	t.Parallel()
	f := parse(t, "syntax = \"proto3\";\npackage eventcontracts.v2;\nmessage M {\n  option (v1.event) = {topic: \"t\"};\n}\n")
	if got, err := f.EventOption("M", "topic"); got != `"t"` || err != nil {
		t.Errorf("topic is %s, %v", got, err)
	}
}

func TestSetEventOptionRefusals(t *testing.T) {
	t.Parallel()
	const src = "syntax = \"proto3\";\nmessage M {\n  option (mine.event) = {topic: \"t\"};\n}\nmessage E {\n  option (eventcontracts.v1.event) = {topic: \"t\"};\n}\n"
	for name, c := range map[string]struct{ message, option, value, want string }{
		"no event":        {"M", "revision", "2", "x.proto:2:9: message M is not an event: add option (eventcontracts.v1.event) with topic, key and owner"},
		"no value":        {"E", "revision", "", `set revision of (eventcontracts.v1.event) to "": syntax error: unexpected '}'`},
		"two values":      {"E", "revision", "2 key: \"k\"", "set revision of (eventcontracts.v1.event) to \"2 key: \\\"k\\\"\": it is not one value"},
		"a comment in it": {"E", "revision", "2 // two", `set revision of (eventcontracts.v1.event) to "2 // two": syntax error: unexpected $end`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, src)
			if err := f.SetEventOption(c.message, c.option, c.value); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if string(f.Bytes()) != src {
				t.Errorf("the file has changed:\n%s", f.Bytes())
			}
		})
	}
}
