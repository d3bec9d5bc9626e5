package contractproto_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// payloadRow is a field "a" of a type, JSON values that it takes, and those that it
// refuses with the rule that does. An empty text stands for no value at all.
type payloadRow struct {
	typ     string
	takes   []string
	refuses map[string]string
}

func text(n int) string { return `"` + strings.Repeat("ü", n) + `"` }

var payloads = []payloadRow{
	{"UUID", []string{`"75c3a7cf-305a-4632-99f7-e2a7eeb089cb"`}, map[string]string{"": "string.uuid_empty", `""`: "string.uuid_empty", `"x"`: "string.uuid"}},
	{"UUID?", []string{"", "null", `"75c3a7cf-305a-4632-99f7-e2a7eeb089cb"`}, map[string]string{`""`: "string.uuid_empty", `"x"`: "string.uuid"}},
	{"str", []string{text(1), text(1000)}, map[string]string{"": "string.min_len", "null": "string.min_len", `""`: "string.min_len", text(1001): "string.max_len"}},
	{"str?", []string{"", "null", `""`, text(1000)}, map[string]string{text(1001): "string.max_len"}},
	{"str >=3 <=5", []string{text(3), text(5)}, map[string]string{"": "string.min_len", text(2): "string.min_len", text(6): "string.max_len"}},
	{"str >=0 <=2", []string{`""`, text(2)}, map[string]string{"": "required", "null": "required", text(3): "string.max_len"}},
	{"str? >=1", []string{"", text(1)}, map[string]string{`""`: "string.min_len"}},
	{"str in[a|b c]", []string{`"a"`, `"b c"`}, map[string]string{"": "string.in", `""`: "string.in", `"A"`: "string.in"}},
	{"str? in[a|b] = a", []string{"", "null", `"b"`}, map[string]string{`""`: "string.in", `"c"`: "string.in"}},
	{`str ~/^[A-Z]{2}\/\d$/`, []string{`"AB/1"`}, map[string]string{"": "string.min_len string.pattern", `"AB1"`: "string.pattern"}},
	{"int", []string{"0", "-2147483648", "2147483647"}, map[string]string{"": "required", "null": "required"}},
	{"int?", []string{"", "null", "0"}, nil},
	{"int >0", []string{"1"}, map[string]string{"": "required", "0": "int32.gt", "-1": "int32.gt"}},
	{"int >=0 <10", []string{"0", "9"}, map[string]string{"-1": "int32.gte_lt", "10": "int32.gte_lt"}},
	{"int >=1 <=1", []string{"1"}, map[string]string{"0": "int32.gte_lte", "2": "int32.gte_lte"}},
	{"int in[0|5]", []string{"0", "5"}, map[string]string{"": "required", "1": "int32.in"}},
	{"int64", []string{`"0"`, `"9223372036854775807"`}, map[string]string{"": "required"}},
	{"int64 <=5", []string{`"5"`}, map[string]string{`"6"`: "int64.lte"}},
	{"float", []string{"0", "1e300", "-0.5"}, map[string]string{"": "required", `"NaN"`: "double.finite", `"Infinity"`: "double.finite"}},
	{"float >=0 <=1", []string{"0", "1", "0.5"}, map[string]string{"-0.1": "double.gte_lte", "1.1": "double.gte_lte", `"NaN"`: "double.gte_lte", `"Infinity"`: "double.gte_lte", `"-Infinity"`: "double.gte_lte"}},
	{"float >0 <1", []string{"0.5"}, map[string]string{"0": "double.gt_lt", "1": "double.gt_lt", `"NaN"`: "double.gt_lt"}},
	{"float in[0.5|1]", []string{"0.5", "1"}, map[string]string{"0.6": "double.in", `"NaN"`: "double.in"}},
	{"bool", []string{"true", "false"}, map[string]string{"": "required"}},
	{"bool?", []string{"", "false"}, nil},
	{"datetime", []string{`"2026-11-23T21:51:31.146828Z"`, `"1970-01-01T00:00:00Z"`}, map[string]string{"": "required", "null": "required"}},
	{"datetime?", []string{"", "null"}, nil},
	{"date", []string{`"2026-12-31"`, `"0001-01-01"`}, map[string]string{"": "string.pattern", `"2026-13-01"`: "string.pattern", `"2026-1-1"`: "string.pattern", `"2026-12-32"`: "string.pattern", `"2026-12-24T00:00"`: "string.pattern"}},
	{"duration", []string{`"0s"`, `"1.5s"`}, map[string]string{"": "required"}},
	{"email", []string{`"ada@example.com"`}, map[string]string{"": "string.email_empty", `"ada"`: "string.email"}},
	{"email <=10", []string{`"a@b.io"`}, map[string]string{`"ada@example.com"`: "string.max_len"}},
	{"url", []string{`"https://example.com/a?b=c#d"`}, map[string]string{"": "string.uri_empty", `"a b"`: "string.uri"}},
	{"ip", []string{`"192.0.2.1"`, `"::1"`}, map[string]string{"": "string.ip_empty", `"1.2.3"`: "string.ip"}},
	{"host", []string{`"example.com"`}, map[string]string{"": "string.hostname_empty", `"-"`: "string.hostname"}},
	{"slug", []string{`"a-b2"`}, map[string]string{"": "string.pattern", `"A"`: "string.pattern", `"a--b"`: "string.pattern", `"` + strings.Repeat("a", 101) + `"`: "string.max_len"}},
	{"bytes", []string{`"AA=="`}, map[string]string{"": "bytes.min_len", `""`: "bytes.min_len"}},
	{"bytes >=0 <=1", []string{`""`, `"AA=="`}, map[string]string{"": "required", `"AAA="`: "bytes.max_len"}},
	{"decimal", []string{`"0"`, `"-12.50"`}, map[string]string{"": "string.pattern", `"1."`: "string.pattern", `"1e5"`: "string.pattern", `".5"`: "string.pattern", `"NaN"`: "string.pattern"}},
	{"Any", []string{"1", `"x"`, "null", `{"b":[true]}`}, map[string]string{"": "required"}},
	{"dict", []string{"{}", `{"b":{"c":null}}`}, map[string]string{"": "required", "null": "required"}},
	{"dict?", []string{"", "null", "{}"}, nil},
	{"Address", []string{"{}", `{"town":"x"}`}, map[string]string{"": "required"}},
	{"enum[low|in_app]", []string{`"A_LOW"`, `"A_IN_APP"`}, map[string]string{"": "enum.not_in", `"A_UNSPECIFIED"`: "enum.not_in", "3": "enum.defined_only"}},
	{"enum[low|high]? = high", []string{"", `"A_LOW"`}, map[string]string{`"A_UNSPECIFIED"`: "enum.not_in", "3": "enum.defined_only"}},
	{"list[str]", []string{"", "null", "[]", `["x"]`}, map[string]string{`[""]`: "string.min_len", "[" + strings.Repeat(`"x",`, 1000) + `"x"]`: "repeated.max_items"}},
	{"list[str <=2] >=1 <=2", []string{`["x"]`, `["x","x"]`}, map[string]string{"": "repeated.min_items", "[]": "repeated.min_items", `["x","y","z"]`: "repeated.max_items", `["xyz"]`: "string.max_len"}},
	{"list[UUID]", []string{"[]"}, map[string]string{`["x"]`: "string.uuid"}},
	{"list[enum[x|y]]", []string{`["A_X","A_X"]`}, map[string]string{`["A_UNSPECIFIED"]`: "enum.not_in"}},
	{"list[float]", []string{"[0]"}, map[string]string{`["NaN"]`: "double.finite"}},
	{"set[str]", []string{"", `["x","y"]`}, map[string]string{`["x","x"]`: "repeated.unique"}},
	{"set[enum[x|y]]", []string{`["A_X","A_Y"]`}, map[string]string{`["A_X","A_X"]`: "repeated.unique"}},
	{"dict[str, int >=0] >=1 <=2", []string{`{"x":0}`}, map[string]string{"": "map.min_pairs", `{"x":-1}`: "int32.gte", `{"x":1,"y":1,"z":1}`: "map.max_pairs"}},
	{"dict[str, str]", []string{"", "{}", `{"":"x"}`}, map[string]string{`{"x":""}`: "string.min_len"}},
}

// The constraints mean what the table of docs/generator.md says, asked of the
// contract's own reader: it reads JSON and validates.
func TestConstraintsMeanWhatTheTableSays(t *testing.T) {
	t.Parallel()
	files := map[string]string{topicsFile: topics}
	for i, row := range payloads {
		file, text := render(fmt.Sprintf("row%d", i), parse(t, "a ("+row.typ+")"))
		files[file] = text
	}
	r, err := event.NewRegistry(contracttest.Compile(t, files))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range payloads {
		read := func(value string) string {
			payload := "{}"
			if value != "" {
				payload = `{"a":` + value + `}`
			}
			_, _, err := r.Decode(event.Record{Topic: "golden", Value: []byte(`{"event_id":"3bef3d62-1869-4156-912c-d74879a3549f","event_type":"Row` + fmt.Sprint(i) +
				`","event_version":"1.0","timestamp":"2026-11-23T21:51:31Z","correlation_id":null,"causation_id":null,"source":"test","data":` + payload + `}`)})
			return brokenRules(err)
		}
		for _, v := range row.takes {
			if got := read(v); got != "" {
				t.Errorf("a (%s) refuses %.60s: %s", row.typ, v, got)
			}
		}
		for v, want := range row.refuses {
			if diff := cmp.Diff(want, read(v)); diff != "" {
				t.Errorf("a (%s), value %.60q (-want +got):\n%s", row.typ, v, diff)
			}
		}
	}
}

// brokenRules are the ids of the rules that an error names, or the error.
func brokenRules(err error) string {
	var e *event.Error
	if !errors.As(err, &e) || len(e.Violations) == 0 {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	var ids []string
	for _, v := range e.Violations {
		ids = append(ids, v.Rule)
	}
	return strings.Join(ids, " ")
}
