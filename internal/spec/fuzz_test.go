package spec_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// A spec that is refused says where, inside the text; one that is accepted prints a
// line that means the same, and prints itself.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"id (UUID), title (str <=500), tags (set[str <=50] <=20), d (dict[str, int >0])",
		`a (enum[x|y]? = x), b (str? in[a|"b c"] = a), c (str ~/^\/a$/)`,
		"a (Optional[List[str]] = None), b (Union[int, None]), c (Literal['a', \"b\"])",
		"id UUID, ti\u0000tle (strng, x (", "a (str in[a,b]), (int), , b（str）", "a (str? = \"\\", "a (float >=1e999 <-0)", "\xff (\xfe)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := spec.Parse(text, options)
		if err != nil {
			var all spec.Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("the error is %T", err)
			}
			for _, e := range all {
				if e.At.Offset < 0 || e.At.Offset > len(text) || e.At.Column != utf8.RuneCountInString(text[:min(e.At.Offset, len(text))])+1 {
					t.Errorf("an error at %+v of %d bytes: %s", e.At, len(text), e.Problem)
				}
				if e.Problem == "" || e.Fix == "" || !utf8.ValidString(e.Error()) {
					t.Errorf("an error without its parts, or not of UTF-8: %q", e.Error())
				}
			}
			return
		}
		line := s.String()
		again, err := spec.Parse(line, options)
		if err != nil {
			t.Fatalf("%q prints %q, which is refused:\n%v", text, line, err)
		}
		if diff := cmp.Diff(s, again, samePlaces...); diff != "" {
			t.Errorf("%q prints %q, which means something else:\n%s", text, line, diff)
		}
		if again.String() != line {
			t.Errorf("%q prints as %q", line, again.String())
		}
	})
}
