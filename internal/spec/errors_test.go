package spec_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// refused are specs with mistakes, below what each is about.
var refused = [][2]string{
	{"empty", ""},
	{"blanks only", " \t\n"},
	{"no parenthesis", "id UUID, title: str"},
	{"parenthesis not closed", "id (UUID, title (str"},
	{"one parenthesis too many", "id (UUID)), title (str)"},
	{"type missing", "id (), title"},
	{"name missing", "(str), id (UUID)"},
	{"comma missing", "id (UUID) title (str)"},
	{"commas", "id (UUID),, title (str), b (str,)"},
	{"unknown types", "a (strng), b (String), c (dattime), d (constr(max_length=5)), e (time), f (wombat)"},
	{"not lower_snake", "userId (UUID), Title (str), HTTPPort (int), a__b (str), _c (str), d_ (str), e-f (str), 2fa (str)"},
	{"reserved", "event_id (UUID), data (dict), eventType (str)"},
	{"duplicate", "a (str), b (str), a (int)"},
	{"one JSON name", "line_1 (str), line1 (str)"},
	{"Go's methods", "reset (str), string (str), descriptor (str), proto_message (str), marshal (str), proto_reflect (str)"},
	{"Go's getters", "get_title (str), title (str)"},
	{"bounds of types without", "a (bool >=1), b (UUID <=36), c (datetime >=5), d (enum[x] <=1), e (Any <=3), f (dict >=1), g (Address >=1), h (decimal >=0)"},
	{"contradictory bounds", "a (int >=5 <=4), b (str >=9 <=5), c (int >5 <6), d (float >1 <=1), e (list[str] >=3 <=2), f (str >=2000), g (str <=0), h (int >2147483647)"},
	{"two bounds of one end", "a (int >=1 >2), b (str <=5 <7)"},
	{"not numbers", "a (int <=abc), b (int <=1.5), c (str <=-1), d (float <=1e999), e (int <=3000000000), f (str <=1.5), g (int <=), h (str <=99999999999), i (int64 <=9223372036854775808), j (float >=0x1p3)"},
	{"in[…]", "a (str in[]), b (str in[x|x]), c (int in[1|01|a]), d (UUID in[a|b]), e (str in[a,b]), f (str in[a||b]), g (str in[a|b] <=5), h (str in a), i (str in[a|\"\"])"},
	{"in[…] not closed", "a (str in[x|y), b (str in[\"x)"},
	{"regex", "a (str ~/(/), b (str ~/a{2,1}/), c (int ~/a/), d (str ~//), e (str ~abc), f (str in[a] ~/a/), g (str ~/a(?=b)/)"},
	{"regex not closed", "a (str ~/abc), b (strng)"},
	{"defaults", "a (str = x), b (list[str] = x), c (dict? = x), d (Address? = x), e (datetime? = 2026), f (bytes? = x), g (bool? = yes), h (enum[x|y]? = z), i (str? = )"},
	{"defaults outside bounds", "a (int? <=5 = 6), b (str? <=2 = abc), c (str? in[a|b] = c), d (str? ~/^a$/ = b), e (float? >0 = 0), f (int? in[1|2] = 3), g (str? >=1 = \"\")"},
	{"defaults that are none of the type", "a (UUID? = x), b (int? = 1.5), c (email? = ada), d (ip? = 1.2.3), e (date? = 2026-02-30), f (slug? = A), g (decimal? = x), h (url? = x), i (host? = -)"},
	{"None as a default", "a (str = None), b (int? = None)"},
	{"absence", "a (str??), b (str <=5 ?), c (list[str?]), d (List[Optional[int]]), e (list[str]? >=1), f (email >=0)"},
	{"enum", "a (enum[]), b (enum[x|X]), c (enum[unspecified]), d (enum[a_1|a1]), e (enum[-|…]), f (enum), g (enum[x|y), h (enum[H_X|y])"},
	{"enums that meet", "a_b (enum[c]), ab (enum[c])"},
	{"an enum and a message", "address (enum[x]), home (Address)"},
	{"lists and dicts", "a (list[]), b (list[list[str]]), c (dict[int, str]), d (dict[str]), e (set), f (set[datetime]), g (list[str), h (dict[str, list[int]]), i (UUID[str]), j (dict[])"},
	{"unions", "a (str | int), b (Union[str, int]), c (Union[str, int, None]), d (None), e (Optional), f (Literal[1, 'a'])"},
	{"look-alikes", "tіtle (ѕtr), b（str）, c (str ≤ 5), d (str? = “x”), e (str), f\u200b (str)"},
	{"control characters", "a\x00 (str), b (s\x1btr), c (str in[x\ty]), d (str? = \"\u202e\"), \ufeffe (str)"},
	{"not UTF-8", "a\xff (str), b (str in[\xfe])"},
	{"backslashes", `a (str? = "\n"), b (str in[\x])`},
	{"a long line", "first (str in[" + strings.Repeat("value|", 100) + "last, x (strng), y (int)"},
}

// Every mistake of a line is told at once, with a caret and what to write. The
// golden file is what people see.
func TestErrors(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, row := range refused {
		_, err := spec.Parse(row[1], options)
		if err == nil {
			t.Errorf("%s: accepted", row[0])
			continue
		}
		fmt.Fprintf(&b, "## %s\n%s\n\n", row[0], err)
	}
	golden(t, filepath.Join("testdata", "golden", "errors"), b.String())
}

// golden compares with a file; a missing one is empty. UPDATE_GOLDEN is a pattern
// of file names to write anew, after which the test still fails.
func golden(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if ok, err := path.Match(pattern, filepath.Base(file)); err != nil || !ok {
			return
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", file)
	}
}
