package protoedit_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/protoedit"
)

// inserted says whether got is want with bytes added: in one place, or in two where
// a comma goes before a comment and the new entry after it.
func inserted(before, after []byte, places int) bool {
	for ; places > 1; places-- {
		n := 0
		for n < len(before) && n < len(after) && before[n] == after[n] {
			n++
		}
		if n < len(after) && strings.ContainsRune(",;", rune(after[n])) && !bytes.HasSuffix(after, before[n:]) {
			after = slices.Delete(slices.Clone(after), n, n+1)
		}
	}
	head, tail := 0, 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	return head+tail == len(before)
}

// editAll makes every edit on src, each on the file as it is, and requires of each
// that the rest is kept and that what was inserted is there.
func editAll(t *testing.T, name string, src []byte) {
	t.Helper()
	f, err := protoedit.Parse(name, src)
	if err != nil {
		t.Fatalf("%v in\n%q", err, src)
	}
	messages := f.Messages()
	if len(src) > 50_000 { // each edit parses all of it: one of validate.proto's 40 messages stands for them
		messages = messages[len(messages)/2:][:1]
	}
	try := func(what string, places int, edit func(*protoedit.File) error) {
		g, err := protoedit.Parse(name, src)
		if err != nil {
			t.Fatal(err)
		}
		if err := edit(g); err != nil {
			t.Errorf("%s: %v in\n%.3000q", what, err, src)
		} else if after := g.Bytes(); bytes.Equal(after, src) || !inserted(src, after, places) {
			t.Errorf("%s changed other bytes:\n%.3000q\n%.3000q", what, src, after)
		} else if lone(src) == 0 && lone(after) > 0 {
			t.Errorf("%s mixes line ends:\n%.3000q", what, after)
		}
	}
	label, gone := "optional ", `"zz_gone"`
	if bytes.Contains(src, []byte("\nedition = ")) || bytes.HasPrefix(bytes.TrimPrefix(src, []byte("\ufeff")), []byte("edition = ")) {
		label, gone = "", "zz_gone" // an edition has neither
	}
	for _, text := range []string{label + "string zz_new = %d;", "// A comment.\n" + label + "string zz_new = %d [\n  deprecated = true\n];"} {
		for _, m := range messages {
			try("field in "+m, 1, func(g *protoedit.File) error {
				n, err := g.NextFieldNumber(m)
				if err != nil {
					return err
				}
				return g.AddField(m, fmt.Sprintf(text, n))
			})
		}
	}
	for _, m := range messages {
		try("reserved in "+m, 1, func(g *protoedit.File) error {
			n, err := g.NextFieldNumber(m)
			if err != nil {
				return err
			}
			return g.AddReserved(m, fmt.Sprintf("reserved %d;\nreserved %s;", n, gone))
		})
		if topic, _ := f.EventOption(m, "topic"); topic == "" {
			continue
		}
		if revision, _ := f.EventOption(m, "revision"); revision == "" {
			try("revision of "+m, 2, func(g *protoedit.File) error { return g.SetEventOption(m, "revision", "4711") })
		}
	}
	for _, path := range []string{"a/a.proto", "events/m.proto", "zz/z.proto"} {
		try("import "+path, 1, func(g *protoedit.File) error { return g.AddImport(path) })
	}
	try("topic", 1, func(g *protoedit.File) error {
		return g.AddTopic("option (eventcontracts.v1.topic) = {\n  name: \"zz\"\n};")
	})
}

// lone counts line ends that are not CRLF, if the text has any CRLF at all.
func lone(text []byte) int {
	if !bytes.Contains(text, []byte("\r\n")) {
		return 0
	}
	return bytes.Count(text, []byte("\n")) - bytes.Count(text, []byte("\r\n"))
}

func TestEveryProtoOfThisRepositoryKeepsItsOtherBytes(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".proto" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		editAll(t, path, src)
		// As it might be on another machine: one way for each file, in turn.
		switch files % 3 {
		case 0:
			editAll(t, path+" (CRLF)", bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")))
		case 1:
			editAll(t, path+" (byte order mark, no final newline)", append([]byte("\xef\xbb\xbf"), bytes.TrimRight(src, "\n")...))
		case 2:
			editAll(t, path+" (tabs)", bytes.ReplaceAll(src, []byte("  "), []byte("\t")))
		}
		return nil
	})
	if err != nil || files < 30 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func TestRandomFilesKeepTheirOtherBytes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(250) {
		src := randomFile(rand.New(rand.NewPCG(seed, 11)))
		editAll(t, fmt.Sprintf("seed %d", seed), []byte(src))
		if t.Failed() {
			return
		}
	}
}

// randomFile is a small file whose tokens are apart by any white space and comments.
func randomFile(r *rand.Rand) string {
	eol := []string{"\n", "\r\n"}[r.IntN(2)]
	var b strings.Builder
	if r.IntN(4) == 0 {
		b.WriteString("\xef\xbb\xbf")
	}
	tidy := r.IntN(3) // 0: only blanks, on few lines
	space := func() {
		switch n := r.IntN(12); {
		case n < 5 || tidy == 0 && n < 11:
			b.WriteString(" ")
		case n < 7:
			b.WriteString(eol + strings.Repeat(" ", r.IntN(5)))
		case n == 7:
			b.WriteString(eol + eol + "\t")
		case n == 8:
			b.WriteString(" // { ; \" }" + eol)
		case n == 9:
			b.WriteString("/* } ; */")
		case n == 10:
			b.WriteString(" /* '" + eol + " */ ")
		default:
			b.WriteString("\t \f")
		}
	}
	write := func(text string) {
		for _, token := range strings.Fields(text) {
			b.WriteString(token)
			space()
		}
	}
	write(`syntax = "proto3" ;`)
	if r.IntN(3) > 0 {
		write("package a . b ;")
	}
	for _, i := range []string{"b/b.proto", "events/n.proto", "k.proto"} {
		if r.IntN(2) == 0 {
			write(`import "` + i + `" ;`)
		}
	}
	if r.IntN(3) == 0 {
		write(`option (eventcontracts.v1.topic) = { name : "t" } ;`)
	}
	number := 0
	var body func(depth int)
	body = func(depth int) {
		number++
		for range r.IntN(5) {
			number++
			switch r.IntN(7) {
			case 0:
				write(fmt.Sprintf("oneof o%d { string f%d = %d ; }", number, number, number))
			case 1:
				write(fmt.Sprintf("map < string , string > f%d = %d ;", number, number))
			case 2:
				write(fmt.Sprintf("reserved %d to %d ;", 6000+2*number, 6001+2*number))
			case 3:
				write(fmt.Sprintf("enum E%d { E%d_A = 0 ; }", number, number))
			case 4:
				if depth < 2 {
					write(fmt.Sprintf("message N%d {", number))
					body(depth + 1)
					write("}")
				}
			default:
				write(fmt.Sprintf("string f%d = %d [ deprecated = true ] ;", number, number))
			}
		}
	}
	for i := range 1 + r.IntN(3) {
		write(fmt.Sprintf("message M%d {", i))
		sep := []string{"", ",", ";"}[r.IntN(3)]
		end := sep
		if r.IntN(2) == 0 {
			end = ""
		}
		switch r.IntN(4) {
		case 0:
			write(`option (eventcontracts.v1.event) = { topic : "t"` + " " + sep + ` deprecated : { since : "x" } ` + sep + ` key : "k" ` + end + " } ;")
		case 1:
			write(`option (eventcontracts.v1.event) . topic = "t" ; option (eventcontracts.v1.event) . key = "k" ;`)
		}
		number = 0
		body(0)
		write("}")
	}
	if r.IntN(3) > 0 {
		return strings.TrimRight(b.String(), " \t\f")
	}
	return b.String() + eol
}

// FuzzEdit wants no panic whatever the file is, no other byte changed in a file that
// parses, and no file changed by an edit that fails.
func FuzzEdit(f *testing.F) {
	for seed := range uint64(8) {
		f.Add([]byte(randomFile(rand.New(rand.NewPCG(seed, 12)))), "string x = 9;", "2")
	}
	f.Add([]byte("\xef\xbb\xbf"), "}", "}")
	f.Add([]byte("message M {;}"), "reserved 1 to max;", "{a:1,}")
	f.Add([]byte("syntax=\"proto3\";message M{option(eventcontracts.v1.event)={topic:\"t\",};}"), "// c\nint32 x=1;", "'a' \"b\"")
	f.Fuzz(func(t *testing.T, src []byte, text, value string) {
		file, err := protoedit.Parse("x.proto", src)
		if err != nil {
			return
		}
		edits := []func(*protoedit.File) error{
			func(g *protoedit.File) error { return g.AddImport(text) },
			func(g *protoedit.File) error { return g.AddTopic(text) },
			func(g *protoedit.File) error { return g.SetPackage(text) },
			func(g *protoedit.File) error { return g.SetGoPackage(text) },
		}
		for _, m := range file.Messages() {
			edits = append(edits,
				func(g *protoedit.File) error { return g.AddField(m, text) },
				func(g *protoedit.File) error { return g.AddReserved(m, text) },
				func(g *protoedit.File) error { return g.SetEventOption(m, "revision", value) },
				func(g *protoedit.File) error { _, err := g.NextFieldNumber(m); return err },
			)
		}
		for i, edit := range edits {
			g, err := protoedit.Parse("x.proto", src)
			if err != nil {
				t.Fatal(err)
			}
			if err := edit(g); err != nil && !bytes.Equal(g.Bytes(), src) {
				t.Errorf("edit %d has failed and changed the file: %v", i, err)
			}
			if _, err := protoedit.Parse("x.proto", g.Bytes()); err != nil {
				t.Errorf("edit %d: the result does not parse: %v", i, err)
			}
		}
	})
}
