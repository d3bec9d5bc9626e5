package spec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// options are what a caller gives: the names that a record has beside a payload.
var options = spec.Options{Reserved: []string{"event_id", "event_type", "timestamp", "source", "data"}}

// samePlaces compares specs but for where their fields were written.
var samePlaces = []cmp.Option{
	cmp.Comparer(func(a, b spec.Pos) bool { return true }),
	cmp.Comparer(func(a, b spec.Spec) bool {
		return cmp.Equal(a.Fields, b.Fields, cmp.Comparer(func(a, b spec.Pos) bool { return true }))
	}),
}

func TestParsePrintsCanonically(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// The four lines that users of the Python generator type.
		"id (UUID), title (str), description (str?), user_id (UUID), created_at (datetime)": "",
		"id (UUID), completed_by (UUID), completed_at (datetime)":                           "",
		"id (UUID), title (str?), description (str?), updated_at (datetime)":                "",
		"todo_id (UUID), reminder_type (str), triggered_at (datetime)":                      "",

		// Python's spellings.
		"a (string), b (integer), c (boolean), d (double), e (uuid.UUID), f (uuid)":               "a (str), b (int), c (bool), d (float), e (UUID), f (UUID)",
		"a (datetime.datetime), b (datetime.date), c (timedelta), d (Decimal)":                    "a (datetime), b (date), c (duration), d (decimal)",
		"a (EmailStr), b (HttpUrl), c (IPvAnyAddress), d (hostname)":                              "a (email), b (url), c (ip), d (host)",
		"a (Optional[str]), b (Union[int, None]), c (str | None), d (None | str)":                 "a (str?), b (int?), c (str?), d (str?)",
		"a (typing.Optional[List[str]]), b (Union[None, typing.Dict[str, int]])":                  "a (list[str]), b (dict[str, int])",
		"a (List[str]), b (Set[int]), c (Dict[str, Any]), d (dict[str, Any]), e (Dict), f (List)": "a (list[str]), b (set[int]), c (dict), d (dict), e (dict), f (list[Any])",
		`a (Literal["x", 'y']), b (Optional[Literal["x"]]), c (Literal[1, 2])`:                    "a (str in[x|y]), b (str? in[x]), c (int in[1|2])",
		"a (str | None = None), b (int? = null), c (Optional[str <=5])":                           "a (str?), b (int?), c (str? <=5)",
		`a (str? = "None")`: "",
		"a (bool? = True)":  "a (bool? = true)",
		"a (any)":           "a (Any)",

		// What is the default is not said.
		"a (str >=1 <=1000), b (str >0), c (str? >=0), d (list[str] <=1000 >=0), e (slug <=100), f (bytes <=65536)": "a (str), b (str), c (str?), d (list[str]), e (slug), f (bytes)",
		"a (str <501), b (list[int] >0 <11), c (email >=1)":                                                         "a (str <=500), b (list[int] >=1 <=10), c (email)",
		"a (str >=0), b (bytes >=0), c (str? >=1)":                                                                  "",
		"a (str <=20 >=2)": "a (str >=2 <=20)",
		"a (int >0), b (int <5), c (int64 >=-9223372036854775808), d (float >=0.50 <=1e3), e (float >=-0)": "a (int >0), b (int <5), c (int64 >=-9223372036854775808), d (float >=0.5 <=1000), e (float >=0)",
		"a (int >=007 <=+9)": "a (int >=7 <=9)",

		// Brackets, blanks and the last comma.
		"  a(str),b (list [ dict [str,Any] ] ),\n\tc ( str ? ) , ":                    "a (str), b (list[dict]), c (str?)",
		"a (list[str >=2 <=50] <=20), b (dict[str, int >=0] >=1), c (set[enum[x|y]])": "",
		"a (shop.v1.Address), b (Address?), c (list[Address]), d (Outer.Inner)":       "",

		// Values.
		"a (enum[Low|in-app|HTTPPort|x 1]? = in-app)":                  "a (enum[low|in_app|http_port|x_1]? = in_app)",
		"a (str in[ low | in progress|ü|1:2/3])":                       `a (str in[low|"in progress"|"ü"|1:2/3])`,
		`a (str in["a|b"|"c]"|"\"\\"|'"'|"it's"])`:                     `a (str in["a|b"|"c]"|"\"\\"|"\""|"it's"]`,
		`a (str? = "x, y (z)"), b (str? = in progress), c (str? = "")`: `a (str? = "x, y (z)"), b (str? = "in progress"), c (str? = "")`,
		"a (float in[0.50|1|1e3]), b (int64? in[1|2] = 2)":             "a (float in[0.5|1|1000]), b (int64? in[1|2] = 2)",
		`a (str ~/^[A-Z]{2}\/\d+,\)$/ <=9)`:                            `a (str <=9 ~/^[A-Z]{2}\/\d+,\)$/)`,
		`a (str ~/a\\\/b/)`:                                            "",
		"a (uuid? = 75c3a7cf-305a-4632-99f7-e2a7eeb089cb), b (url? = https://example.com/a?b=c), c (ip? = ::1), d (date? = 2026-02-28)": "a (UUID? = 75c3a7cf-305a-4632-99f7-e2a7eeb089cb), b (url? = \"https://example.com/a?b=c\"), c (ip? = ::1), d (date? = 2026-02-28)",

		// Keywords of protobuf, Go and Python are names like others.
		"type (str), func (str), message (str), range (str), option (str), class (str), import (str), repeated (str)": "",
	} {
		if want == "" {
			want = text
		}
		s, err := spec.Parse(text, options)
		if err != nil {
			t.Errorf("Parse(%q):\n%v", text, err)
			continue
		}
		if want = strings.TrimSuffix(want, ")") + ")"; s.String() != want {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, cmp.Diff(want, s.String()))
		}
		again, err := spec.Parse(s.String(), options)
		if err != nil {
			t.Errorf("what Parse(%q) prints is refused:\n%v", text, err)
			continue
		}
		if diff := cmp.Diff(s, again, samePlaces...); diff != "" {
			t.Errorf("Parse(String(Parse(%q))) differs:\n%s", text, diff)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	s, err := spec.Parse("a (str ~/ü/), bc (int)", options)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spec.Pos{Offset: 15, Column: 15}, s.Field("bc").At); diff != "" {
		t.Errorf("place of bc (-want +got):\n%s", diff)
	}
	if s.Field("nothing") != nil {
		t.Error("a field that is not there was found")
	}
	want := "spec:15: the event has bc already: rename it\n  a (str ~/ü/), bc (int)\n                ^"
	if diff := cmp.Diff(want, s.Complain(s.Field("bc").At, "the event has bc already", "rename it").Error()); diff != "" {
		t.Errorf("Complain (-want +got):\n%s", diff)
	}
}

func TestKnownMessages(t *testing.T) {
	t.Parallel()
	opts := spec.Options{Messages: []string{"Address", "String"}}
	if _, err := spec.Parse("a (Address), b (String)", opts); err != nil {
		t.Error(err)
	}
	_, err := spec.Parse("a (Adress)", opts)
	var all spec.Errors
	if !errors.As(err, &all) || len(all) != 1 || all[0].Problem != `no type and no message is called "Adress"` || all[0].Fix != `did you mean "Address"?` {
		t.Errorf("an unknown message: %v", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("f")
			for _, c := range []byte{byte(i / 100 % 26), byte(i / 10 % 10), byte(i % 10)} {
				b.WriteByte('a' + c)
			}
			b.WriteString(" (int),")
		}
		return b.String()
	}
	if s, err := spec.Parse(fields(spec.MaxFields), options); err != nil || len(s.Fields) != spec.MaxFields {
		t.Errorf("%d fields are refused: %v", spec.MaxFields, err)
	}
	for name, row := range map[string]struct{ text, want string }{
		"fields":    {fields(spec.MaxFields + 1), "more than 1000 fields"},
		"bytes":     {strings.Repeat("x", spec.MaxBytes+1), "the spec has 1048577 bytes"},
		"depth":     {"a (" + strings.Repeat("list[", 1000), "brackets are nested deeper than 16"},
		"name":      {strings.Repeat("x", 101) + " (str)", "has 101 characters"},
		"errors":    {strings.Repeat("a b, ", 200000), "there are more mistakes than are told"},
		"brackets":  {strings.Repeat("a (list[", 100000), "unknown type"},
		"questions": {"a (str" + strings.Repeat("?", 1000000) + ")", "says twice"},
	} {
		_, err := spec.Parse(row.text, options)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error has no %q", name, row.want)
		}
		if err != nil && len(err.Error()) > 64<<10 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}
