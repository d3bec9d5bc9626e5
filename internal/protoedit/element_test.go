package protoedit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/protoedit"
)

// parse is a file that the test has written.
func parse(t *testing.T, src string) *protoedit.File {
	t.Helper()
	f, err := protoedit.Parse("x.proto", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const plain = "string due = 7;"

func TestAddField(t *testing.T) {
	t.Parallel()
	commented := "// When.\nstring due = 7;\n"
	for name, c := range map[string]struct{ text, src, want string }{
		"as the fields before it": {
			plain, "message M {\n  string a = 1;\n  string b = 2; // the second\n}\n",
			"message M {\n  string a = 1;\n  string b = 2; // the second\n  string due = 7;\n}\n",
		},
		"with blank lines between": {
			commented, "message M {\n  option deprecated = true;\n\n  // A.\n  string a = 1;\n}\n",
			"message M {\n  option deprecated = true;\n\n  // A.\n  string a = 1;\n\n  // When.\n  string due = 7;\n}\n",
		},
		"tabs":                      {commented, "message M {\n\tstring a = 1;\n}\n", "message M {\n\tstring a = 1;\n\t// When.\n\tstring due = 7;\n}\n"},
		"CRLF":                      {commented, "message M {\r\n  string a = 1;\r\n}\r\n", "message M {\r\n  string a = 1;\r\n  // When.\r\n  string due = 7;\r\n}\r\n"},
		"CRLF in one message alone": {plain, "message A {\n  string a = 1;\n}\nmessage M {\r\n  string a = 1;\r\n}\r\n", "message A {\n  string a = 1;\n}\nmessage M {\r\n  string a = 1;\r\n  string due = 7;\r\n}\r\n"},
		"byte order mark":           {plain, "\xef\xbb\xbfmessage M {\n  string a = 1;\n}", "\xef\xbb\xbfmessage M {\n  string a = 1;\n  string due = 7;\n}"},
		"one line":                  {plain, "message M { string a = 1; }", "message M { string a = 1; string due = 7; }"},
		"one line, with a comment":  {commented, "message M { string a = 1; }\n", "message M { string a = 1; \n  // When.\n  string due = 7;\n}\n"},
		"one line, closely":         {plain, "message M{string a=1;}", "message M{string a=1; string due = 7;}"},
		"empty":                     {plain, "message M {}\n", "message M { string due = 7; }\n"},
		"empty, with a comment":     {commented, "message M {}\n", "message M {\n  // When.\n  string due = 7;\n}\n"},
		"empty over two lines":      {plain, "message M {\n}\n", "message M {\n  string due = 7;\n}\n"},
		"a comment is all":          {plain, "message M {\n  // Nothing.\n}\n", "message M {\n  // Nothing.\n  string due = 7;\n}\n"},
		"options are all":           {plain, "message M {\n  option deprecated = true;\n}\n", "message M {\n  option deprecated = true;\n\n  string due = 7;\n}\n"},
		"a oneof is last": {
			plain, "message M {\n  oneof o {\n    string a = 1;\n  }\n}\n",
			"message M {\n  oneof o {\n    string a = 1;\n  }\n  string due = 7;\n}\n",
		},
		"a nested message is last": {
			plain, "message M {\n  string a = 1;\n\n  // N.\n  message N {}\n}\n",
			"message M {\n  string a = 1;\n  string due = 7;\n\n  // N.\n  message N {}\n}\n",
		},
		"comments at the end": {
			plain, "message M {\n  string a = 1;\n  // About a.\n\n  // Removed: string b = 2;\n}\n",
			"message M {\n  string a = 1;\n  // About a.\n\n  // Removed: string b = 2;\n  string due = 7;\n}\n",
		},
		"block comments": {
			plain, "message M {\n  string a = 1; /* a\n  */ /* b */\n  message N {}\n}\n",
			"message M {\n  string a = 1; /* a\n  */ /* b */\n  string due = 7;\n  message N {}\n}\n",
		},
		"braces in comments and strings": {
			plain, "message M {\n  string a = 1 [json_name = \"}\"]; // }\n  /* } */ }\n",
			"message M {\n  string a = 1 [json_name = \"}\"]; // }\n  string due = 7;\n  /* } */ }\n",
		},
		"the brace follows the field": {plain, "message M {\n  string a = 1;\n  string b = 2; }\n", "message M {\n  string a = 1;\n  string b = 2; string due = 7; }\n"},
		"several":                     {"string due = 7;\nstring by = 8;", "message M {\n  string a = 1;\n}\n", "message M {\n  string a = 1;\n  string due = 7;\n  string by = 8;\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := "syntax = \"proto3\";\n"
			if mark, rest, found := strings.Cut(c.src, "\xef\xbb\xbf"); found && mark == "" {
				head, c.src, c.want = "\xef\xbb\xbf"+head, rest, strings.TrimPrefix(c.want, "\xef\xbb\xbf")
			}
			f := parse(t, head+c.src)
			if err := f.AddField("M", c.text); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(head+c.want, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFieldInANestedMessageIsIndentedAsItsNeighbours(t *testing.T) {
	t.Parallel()
	f := parse(t, "syntax = \"proto3\";\nmessage M {\n    message N {\n        message O {\n        }\n    }\n}\n")
	for _, message := range []string{"M.N.O", "M.N", "M"} {
		if err := f.AddField(message, plain); err != nil {
			t.Fatal(err)
		}
	}
	want := "syntax = \"proto3\";\nmessage M {\n    string due = 7;\n    message N {\n        string due = 7;\n        message O {\n            string due = 7;\n        }\n    }\n}\n"
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestAddReserved(t *testing.T) {
	t.Parallel()
	f := parse(t, "syntax = \"proto3\";\nmessage M {\n  option deprecated = true;\n\n  // A.\n  string a = 1;\n}\n")
	for _, text := range []string{"reserved 2, 9 to 11;", `reserved "b";`} {
		if err := f.AddReserved("M", text); err != nil {
			t.Fatal(err)
		}
	}
	want := "syntax = \"proto3\";\nmessage M {\n  option deprecated = true;\n\n  reserved 2, 9 to 11;\n  reserved \"b\";\n\n  // A.\n  string a = 1;\n}\n"
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeInsertedIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	const src = "syntax = \"proto3\";\nmessage M {\n  reserved 4, 10 to 20;\n  reserved \"gone\";\n  string user_id = 1;\n  oneof o {\n    string b = 2;\n  }\n  enum E { E_UNSPECIFIED = 0; }\n}\n"
	for name, c := range map[string]struct{ message, text, want string }{
		"no such message":     {"N", plain, `x.proto:1:1: message "N" is not in this file: give one of M`},
		"number":              {"M", "string x = 2;", "x.proto:7:5: the field number 2 is taken by a field: take 3"},
		"reserved number":     {"M", "string x = 12;", "x.proto:3:15: the field number 12 is taken by a reserved range: take 3"},
		"protobuf's own":      {"M", "string x = 19001;", "x.proto:2:9: the field number 19001 is taken by a range that protobuf keeps for itself: take 3"},
		"number 0":            {"M", "string x = 0;", "x.proto:2:9: the field number 0 is not between 1 and 536870911: take 3"},
		"name":                {"M", "string b = 3;", "x.proto:7:5: message M has the field b already: choose another name"},
		"JSON name":           {"M", "string userId = 3;", "x.proto:5:3: message M has the field user_id already: choose another name"},
		"reserved name":       {"M", "string gone = 3;", "x.proto:4:12: message M reserves the name gone: choose another name"},
		"name of a oneof":     {"M", "string o = 3;", "x.proto:6:9: message M has a declaration of the name o already: choose another name"},
		"name of an enum":     {"M", "string E = 3;", "x.proto:9:8: message M has a declaration of the name E already: choose another name"},
		"a comment":           {"M", "// string x = 3;", `insert a field: "// string x = 3;" is not a field`},
		"nothing":             {"M", "", `insert a field: "" is not a field`},
		"half a field":        {"M", "string x", "insert a field: syntax error: expecting ';'"},
		"another message":     {"M", "string x = 3; } message N {", "insert a field: \"string x = 3; } message N {\" is not a field"},
		"an option":           {"M", "option deprecated = true;", `insert a field: "option deprecated = true;" is not a field`},
		"an open comment":     {"M", "string x = 3; /*", "insert a field: block comment never terminates, unexpected EOF"},
		"proto2 in proto3":    {"M", "required string x = 3;", "edit x.proto: what it would be does not parse: x.proto:9:3: field M.x: label 'required' is not allowed in proto3 or editions"},
		"twice the same name": {"M", "string x = 3; string x = 5;", "insert a field: the text has the name x twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, src)
			err := f.AddField(c.message, c.text)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if string(f.Bytes()) != src {
				t.Errorf("the file has changed:\n%s", f.Bytes())
			}
		})
	}
}

func TestAFileThatDoesNotParseIsRefusedWithEveryPosition(t *testing.T) {
	t.Parallel()
	_, err := protoedit.Parse("a/x.proto", []byte("syntax = \"proto3\";\nmessage M {\n  string a = ;\n  string b = ;\n}\n"))
	want := "a/x.proto:3:14: syntax error: unexpected ';', expecting int literal: mend it before it is edited\na/x.proto:4:14: syntax error: unexpected ';', expecting int literal"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = protoedit.Parse("x.proto", []byte("syntax = \"proto3\";\nmessage M {\n\tstring a = 1;\n\tstring b = 1;\n}\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "x.proto:4:20: ") {
		t.Errorf("got %v", err)
	}
	_, err = protoedit.Parse("x.proto", []byte("// caf\xc3\xa9\n// caf\xe9\n"))
	if err == nil || err.Error() != "x.proto:2:7: the byte 0xe9 is not UTF-8: save the file as UTF-8" {
		t.Errorf("got %v", err)
	}
}
