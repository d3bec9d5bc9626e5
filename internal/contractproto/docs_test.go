package contractproto_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// shownTypes are the rows of the table of types: a type of each base, with a JSON
// value of it.
var shownTypes = []struct{ typ, json string }{
	{"UUID", `"75c3a7cf-305a-4632-99f7-e2a7eeb089cb"`},
	{"str", `"Buy milk"`},
	{"int", "3"},
	{"int64", `"3"`},
	{"float", "0.5"},
	{"bool", "true"},
	{"datetime", `"2026-12-24T18:30:00Z"`},
	{"date", `"2026-12-24"`},
	{"duration", `"90s"`},
	{"email", `"ada@example.com"`},
	{"url", `"https://example.com/a"`},
	{"ip", `"192.0.2.1"`},
	{"host", `"example.com"`},
	{"slug", `"first-steps"`},
	{"bytes", `"3q2+7w=="`},
	{"decimal", `"12.50"`},
	{"Any", `[1, "x"]`},
	{"dict", `{"x": 1}`},
	{"dict[str, int]", `{"x": 1}`},
	{"list[str]", `["a", "a"]`},
	{"set[str]", `["a", "b"]`},
	{"enum[low|high]", `"A_LOW"`},
	{"Address", `{"town": "Ulm"}`},
}

// shownBounds are the rows of the table of bounds.
var shownBounds = []string{
	"str?", "str <=500", "str >=3 <=9", "str >=0", "str in[low|high]", "str? in[low|high] = low", `str ~/^[A-Z]{2}$/`,
	"int?", "int >0", "int? >=1 <=12 = 1", "int in[1|2]", "float >=0 <=1", "bool? = true", "datetime?", "bytes <=16", "email <=200",
	"enum[low|high]? = low", "list[UUID] >=1 <=20", "set[str <=50] <=20", "dict[str, float >=0]",
}

// The tables of docs/generator.md are what the code does, its JSON is taken, its
// lines are kept as it says, and its errors are printed so.
func TestPage(t *testing.T) {
	t.Parallel()
	page := filepath.Join("..", "..", "docs", "generator.md")
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(raw)
	got := between(t, want, "types", typesTable(t))
	got = between(t, got, "bounds", boundsTable(t))
	got = withErrors(t, got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-page +code):\n%s", page, diff)
		if os.Getenv("UPDATE_GOLDEN") == "generator.md" {
			if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Error("the page was refreshed: run again without UPDATE_GOLDEN")
		}
	}
	kept := 0
	for _, m := range regexp.MustCompile("(?m)^\\| `(.*)` \\| `(.*)` \\|$").FindAllStringSubmatch(section(t, want, "## The canonical line"), -1) {
		kept++
		line, canonical := strings.ReplaceAll(m[1], `\|`, "|"), strings.ReplaceAll(m[2], `\|`, "|")
		if s := parse(t, line).String(); s != canonical {
			t.Errorf("%s is kept as %s", line, s)
		}
	}
	if kept < 4 {
		t.Errorf("only %d lines of the page were tried", kept)
	}
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: filepath.Join("..", "..")})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range cat.Find("EmailNotificationSent") {
		s, beyond := contractproto.Read(k.Descriptor, options)
		if shown := s.String() + "\nnot said: " + beyondText(beyond) + "\n"; !strings.Contains(want, shown) {
			t.Errorf("the page does not show what describe --spec prints:\n%s", shown)
		}
	}
	for _, name := range event.ReservedFields() {
		if !strings.Contains(section(t, want, "## Names"), "`"+name+"`") {
			t.Errorf("the page does not say that %s is reserved", name)
		}
	}
	for _, limit := range []string{fmt.Sprintf("%d MiB", spec.MaxBytes>>20), fmt.Sprintf("%d fields", spec.MaxFields), fmt.Sprintf("%d characters", spec.MaxName), fmt.Sprintf("%d deep", spec.MaxDepth)} {
		if !strings.Contains(want, limit) {
			t.Errorf("the page does not say %q", limit)
		}
	}
}

// between replaces what is between two comments of the page.
func between(t *testing.T, page, name, table string) string {
	t.Helper()
	start, end := strings.Index(page, "<!-- "+name+":"), strings.Index(page, "<!-- end of "+name+" -->")
	if start < 0 || end < start {
		t.Fatalf("the page has no place for its table of %s", name)
	}
	start += strings.Index(page[start:], "\n") + 1
	return page[:start] + table + page[end:]
}

func section(t *testing.T, page, head string) string {
	t.Helper()
	_, after, ok := strings.Cut(page, head+"\n")
	if !ok {
		t.Fatalf("the page has no %q", head)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return text
}

func typesTable(t *testing.T) string {
	t.Helper()
	other := map[spec.Base]string{}
	for _, s := range spec.Spellings() {
		other[s.Base] = "`" + strings.Join(s.Other, "`, `") + "`"
		if len(s.Other) == 0 {
			other[s.Base] = ""
		}
	}
	var b strings.Builder
	b.WriteString("| type | in the .proto | its rules | in JSON | also spelt |\n|---|---|---|---|---|\n")
	shown := map[spec.Base]bool{}
	for i, row := range shownTypes {
		s := parse(t, "a ("+row.typ+")")
		base := s.Fields[0].Type.Base
		typ, rules := parts(s.Fields[0])
		also := other[base]
		if shown[base] {
			also = ""
		}
		shown[base] = true
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | `%s` | %s |\n", cell(row.typ), typ, rules, cell(row.json), also)
		if got := readA(t, s, fmt.Sprintf("shown%d", i), row.json); got != "" {
			t.Errorf("a (%s) refuses %s: %s", row.typ, row.json, got)
		}
	}
	for _, s := range spec.Spellings() {
		if !shown[s.Base] {
			t.Errorf("the page has no row of %s", s.Base)
		}
	}
	return b.String()
}

func boundsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| type | in the .proto | its rules |\n|---|---|---|\n")
	for _, line := range shownBounds {
		typ, rules := parts(parse(t, "a ("+line+")").Fields[0])
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", cell(line), typ, rules)
	}
	return b.String()
}

var fieldLine = regexp.MustCompile(`(?s)  ([^\n]*) a = 1(?: \[(.*)\])?;\n$`)

// parts are the type and the options of a field in one line each.
func parts(f spec.Field) (typ, rules string) {
	m := fieldLine.FindStringSubmatch(contractproto.RenderField(f, 1, contractproto.FieldOptions{}).Text)
	var options []string
	text := strings.Join(strings.Fields(m[2]), " ")
	for _, o := range strings.Split(text, ", (") {
		o = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(o, "("), "buf.validate.field)."), "eventcontracts.v1.field).")
		if o != "" {
			options = append(options, "`"+cell(strings.NewReplacer("{ ", "{", " }", "}", "[ ", "[", " ]", "]").Replace(o))+"`")
		}
	}
	return strings.TrimPrefix(m[1], "  "), strings.Join(options, ", ")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// readA reads a payload of one field.
func readA(t *testing.T, s *spec.Spec, name, value string) string {
	t.Helper()
	file, text := render(name, s)
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{topicsFile: topics, file: text}))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Decode(event.Record{Topic: "golden", Value: []byte(`{"event_id":"3bef3d62-1869-4156-912c-d74879a3549f","event_type":"` + messageOf(name) +
		`","event_version":"1.0","timestamp":"2026-11-23T21:51:31Z","source":"test","data":{"a":` + value + `}}`)})
	return brokenRules(err)
}

var shownErrors = regexp.MustCompile("(?s)```text\n([^\n]*)\n(.*?)```\n")

// withErrors replaces what the page says of lines with mistakes. The first block has
// a line without any.
func withErrors(t *testing.T, page string) string {
	t.Helper()
	n := 0
	got := shownErrors.ReplaceAllStringFunc(page, func(block string) string {
		line := shownErrors.FindStringSubmatch(block)[1]
		if _, err := spec.Parse(line, options); err != nil {
			n++
			return "```text\n" + line + "\n" + err.Error() + "\n```\n"
		}
		return "```text\n" + line + "\n```\n"
	})
	if n < 2 {
		t.Errorf("the page shows the errors of %d lines", n)
	}
	return got
}

// The reserved names that these tests are read against are those of records.
func TestReservedNames(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(slices.Values(event.ReservedFields()))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(options.Reserved))); diff != "" {
		t.Errorf("reserved names (-event +tests):\n%s", diff)
	}
}
