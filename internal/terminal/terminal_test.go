package terminal_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, line, lines string }{
		{"letters of any language", "Grüße, 世界", "Grüße, 世界", "Grüße, 世界"},
		{"an escape sequence", "\x1b]0;title\a", `\x1b]0;title\x07`, `\x1b]0;title\x07`},
		{"line breaks and tabs", "a\tb\r\nc", `a\tb\r\nc`, "a\tb" + `\r` + "\nc"},
		{"a bidirectional override", "\u202eabc", `\u202eabc`, `\u202eabc`},
		{"a language tag, above 16 bits", "\U000e0041", `\U000e0041`, `\U000e0041`},
		{"a byte that is not UTF-8", "a\xffb", `a\xffb`, `a\xffb`},
		{"the replacement character itself", "a\uFFFDb", "a\uFFFDb", "a\uFFFDb"},
		{"a blank that protobuf's errors have at random", "proto:\u00a0syntax", "proto: syntax", "proto: syntax"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := terminal.Printable(row.text); got != row.line {
				t.Errorf("Printable(%q) = %q, want %q", row.text, got, row.line)
			}
			if got := terminal.PrintableLines(row.text); got != row.lines {
				t.Errorf("PrintableLines(%q) = %q, want %q", row.text, got, row.lines)
			}
		})
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want string }{{"", ""}, {"äöüß", "äöüß"}, {"äöüßx", "äöü…"}} {
		if got := terminal.Short(row.text, 4); got != row.want {
			t.Errorf("Short(%q, 4) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := terminal.NewTable("KEY", "", "OWNER")
	table.Add("ö-1", "", "")
	table.Add("\x1b", "note", "team-todo")
	var b strings.Builder
	if err := table.Print(&b); err != nil {
		t.Fatal(err)
	}
	want := `KEY         OWNER
ö-1
\x1b  note  team-todo
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// The RULES column of describe was as wide as a rule is long.
func TestTableWithin(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		width int
		want  string
	}{
		{"wrapped", 40, "FIELD  RULES\ntitle  string:{min_len:1 max_len:500\n       pattern:\"^a  b$\"}\nid\n"},
		{"below", 26, "FIELD  RULES\ntitle\n    string:{min_len:1\n    max_len:500\n    pattern:\"^a  b$\"}\nid\n"},
		{"with room for all", 80, "FIELD  RULES\ntitle  string:{min_len:1 max_len:500 pattern:\"^a  b$\"}\nid\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			table := terminal.NewTable("FIELD", "RULES").Within(row.width)
			table.Add("title", `string:{min_len:1 max_len:500 pattern:"^a  b$"}`)
			table.Add("id", "")
			var b strings.Builder
			if err := table.Print(&b); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, b.String()); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldsWithin(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := terminal.FieldsWithin(&b, 20, [][2]string{{"key", "todo_id, which is long"}, {"owner", "team-todo"}}); err != nil {
		t.Fatal(err)
	}
	want := "key:    todo_id,\n        which is\n        long\nowner:  team-todo\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestFolded(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		text  string
		width int
		want  string
	}{
		"no limit":       {"one two three four five", 0, "one two three four five"},
		"it fits":        {"  one  two", 20, "  one  two"},
		"between words":  {"one two three four five", 12, "one two\n  three four\n  five"},
		"its own indent": {"    one two three\nfour", 12, "    one two\n  three\nfour"},
		"a long word":    {"note: aaaaaaaaaaaaaaaaaaaa b", 12, "note:\n  aaaaaaaaaaaaaaaaaaaa\n  b"},
	} {
		if diff := cmp.Diff(row.want, terminal.Folded(row.text, 2, row.width)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := terminal.Fields(&b, [][2]string{{"key", "o\n1"}, {"deprecated", ""}, {"owner", "team-todo"}}); err != nil {
		t.Fatal(err)
	}
	want := `key:         o\n1
owner:       team-todo
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	value := map[string]string{"key": "<a&b>\x1b"}
	var whole, line strings.Builder
	if err := terminal.JSON(&whole, value); err != nil {
		t.Fatal(err)
	}
	if err := terminal.JSONLine(&line, value); err != nil {
		t.Fatal(err)
	}
	if got, want := whole.String(), "{\n  \"key\": \"<a&b>\\u001b\"\n}\n"; got != want {
		t.Errorf("JSON prints %q, want %q", got, want)
	}
	if got, want := line.String(), "{\"key\":\"<a&b>\\u001b\"}\n"; got != want {
		t.Errorf("JSONLine prints %q, want %q", got, want)
	}
}

// C1 controls, DEL and bidirectional overrides passed as they are: encoding/json escapes
// what is below U+0020 only.
func TestJSONIsSafeForATerminal(t *testing.T) {
	t.Parallel()
	hostile := "<\x1b[2J\u009b31m\u0085\x7f\u202e\u2066\u200b\u2028\U000e0041ö世😀>"
	value := struct {
		Key string          `json:"key"`
		Raw json.RawMessage `json:"raw"`
	}{hostile, json.RawMessage("{\"\u009b\":\"\u009b\x7f\xff\"}")}
	for name, print := range map[string]func(io.Writer, any) error{"JSON": terminal.JSON, "JSONLine": terminal.JSONLine} {
		var b strings.Builder
		if err := print(&b, value); err != nil {
			t.Fatal(err)
		}
		var got struct{ Key string }
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil || got.Key != hostile {
			t.Errorf("%s: %v, %q in %s", name, err, got.Key, b.String())
		}
		if text := b.String(); terminal.PrintableLines(text) != text || !strings.Contains(text, "ö世😀") {
			t.Errorf("%s is not safe: %q", name, text)
		}
	}
}

// What a writer is given in parts is escaped as a whole is.
func TestWriter(t *testing.T) {
	t.Parallel()
	text := "a\tb\n\u009b31m Grüße 世界 😀 \xff\x1b[2J\r\u202e\xf0\x9f"
	want := "a\tb\n" + `\u009b` + "31m Grüße 世界 😀 " + `\xff\x1b[2J\r\u202e\xf0\x9f`
	for size := 1; size <= len(text); size++ {
		var b strings.Builder
		w := terminal.NewWriter(&b)
		for part := range slices.Chunk([]byte(text), size) {
			if n, err := w.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := w.Flush(); err != nil || b.String() != want {
			t.Errorf("in parts of %d: %v %q, want %q", size, err, b.String(), want)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 topics are", 1: "1 topic is", 2: "2 topics are"} {
		if got := terminal.CountAre(n, "topic"); got != want {
			t.Errorf("CountAre(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ text, want string }{
		"empty":       {"", ""},
		"short":       {"one two", "one two"},
		"to the edge": {"12345 7890", "12345 7890"},
		"over it":     {"12345 78901", "12345\n78901"},
		"long word":   {"a bcdefghijklmno p", "a\nbcdefghijklmno\np"},
		"characters":  {"üüüüü üüüü", "üüüüü üüüü"},
		"escapes":     {"a\x1b[2Jb", `a\x1b[2Jb`},
	} {
		if got := terminal.Wrapped(row.text, 10); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
