package textedit_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

func TestApplyKeepsWhatNoEditNames(t *testing.T) {
	t.Parallel()
	src := "\xef\xbb\xbfone\r\ntwo\nthree"
	got := string(textedit.Apply([]byte(src),
		textedit.Edit{Start: 8, End: 11, Text: "2"}, textedit.Insert(3, "a"), textedit.Insert(3, "b"), textedit.Insert(len(src), "!")))
	if want := "\xef\xbb\xbfabone\r\n2\nthree!"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := string(textedit.Apply([]byte(src))); got != src {
		t.Errorf("no edit made %q", got)
	}
}

func TestApplyPanicsOnRangesThatOverlap(t *testing.T) {
	t.Parallel()
	for name, edits := range map[string][]textedit.Edit{
		"overlap":   {{Start: 0, End: 2}, {Start: 1, End: 3}},
		"backwards": {{Start: 2, End: 1}},
		"outside":   {{Start: 2, End: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			textedit.Apply([]byte("text"), edits...)
		})
	}
}

func TestLinesEndAsThoseAroundThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		src  string
		at   int
		want string
	}{
		{"", 0, "\n"},
		{"a", 1, "\n"},
		{"\n", 0, "\n"},
		{"a\r\nb", 0, "\r\n"},
		{"a\r\nb", 4, "\r\n"},
		{"a\nb\r\nc\n", 0, "\n"},
		{"a\nb\r\nc\n", 2, "\r\n"},
		{"a\nb\r\nc\n", 5, "\n"},
	} {
		if got := textedit.LineEnd([]byte(c.src), c.at); got != c.want {
			t.Errorf("%q at %d: got %q, want %q", c.src, c.at, got, c.want)
		}
	}
	if got, want := textedit.Lines("a {\n\n  b\r\n}\n", "\t", "\r\n"), "\ta {\r\n\r\n\t  b\r\n\t}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := textedit.Indent([]byte("x\n \ty z"), 6); got != " \t" {
		t.Errorf("indent %q", got)
	}
}
