package contractproto_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// What the language can say is the same after it was a contract. The specs are
// random, the seed is not; a failure prints the line, which can become a golden.
func TestRandomSpecsRoundTrip(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 7))
	files := map[string]string{topicsFile: topics}
	var specs []*spec.Spec
	tried := 0
	for len(specs) < 150 {
		if tried++; tried > 3000 {
			t.Fatalf("only %d of %d random lines are specs", len(specs), tried)
		}
		line := randomLine(r)
		s, err := spec.Parse(line, options)
		if err != nil {
			continue // such as a default that its bounds refuse
		}
		specs = append(specs, s)
		file, text := render(fmt.Sprintf("random%d", len(specs)), s)
		files[file] = text
	}
	linked := contracttest.Compile(t, files)
	if _, err := event.NewRegistry(linked); err != nil {
		t.Error(err)
	}
	for i, want := range specs {
		got, beyond := contractproto.Read(contracttest.Message(t, linked, fmt.Sprintf("golden.v1.Random%d", i+1)), options)
		if diff := cmp.Diff(want, got, sameMeaning); diff != "" {
			t.Errorf("%s\nis read as\n%s\n%s", want, got, diff)
		}
		if len(beyond) > 0 {
			t.Errorf("%s\nleaves something to say:\n%s", want, beyondText(beyond))
		}
	}
}

// randomLine is a line of a few fields, most often a spec.
func randomLine(r *rand.Rand) string {
	var fields []string
	for i := range 1 + r.IntN(5) {
		name := pick(r, "a", "user_id", "x_axis", "line_2", "created_at", "is_a_b", "type") + fmt.Sprint("_", string(rune('a'+i)))
		fields = append(fields, name+" ("+randomType(r, false)+")")
	}
	return strings.Join(fields, ", ")
}

func randomType(r *rand.Rand, inside bool) string {
	optional := func() string {
		if !inside && r.IntN(3) == 0 {
			return "?"
		}
		return ""
	}
	preset := func(opt string, values ...string) string {
		if opt == "" || r.IntN(2) == 0 {
			return ""
		}
		return " = " + pick(r, values...)
	}
	o := optional()
	if !inside && r.IntN(4) == 0 {
		bounds := pick(r, "", " <=20", " >=1", " >=2 <=2", " >0 <5000")
		switch r.IntN(3) {
		case 0:
			return "list[" + randomType(r, true) + "]" + bounds
		case 1:
			return "set[" + randomType(r, true) + "]" + bounds
		default:
			return "dict[str, " + randomType(r, true) + "]" + bounds
		}
	}
	switch r.IntN(12) {
	case 0:
		return pick(r, "UUID", "ip", "datetime", "duration", "dict", "Any", "Address", "date", "decimal", "bool") + o
	case 1:
		return "str" + o + pick(r, "", " >=0", " >=1", " <=1", " >=3 <=3", " <=5000", " >=0 <=7") + preset(o, "abc", `"a \"b\" \\ ü|,)"`, `""`)
	case 2:
		return "str" + o + pick(r, ` in[a|"b c"|d-e]`, " in[x]", ` in["None"|"ü"|"\\"]`) + preset(o, "a", "x")
	case 3:
		return "str" + o + pick(r, ` ~/^[a-z]+\/x$/`, ` ~/"\\\d/ <=9`, ` ~/é/`) + preset(o, "abc/x")
	case 4:
		return "int" + o + pick(r, "", " >0", " >=0 <=2147483647", " <-5", " in[1|-2|3]") + preset(o, "1", "-6", "0")
	case 5:
		return "int64" + o + pick(r, "", " >-9223372036854775808", " >=0 <9223372036854775807", " in[9007199254740993]") + preset(o, "9007199254740993")
	case 6:
		return "float" + o + pick(r, "", " >=0.1 <=0.3", " >1e-300", " <=-1.5", " <1e300", " in[0.1|1e22|123456789012345680]") + preset(o, "0.2", "-2")
	case 7:
		return "bytes" + o + pick(r, "", " >=0", " >=16 <=16", " <=99999")
	case 8:
		return pick(r, "email", "url", "host", "slug") + o + pick(r, "", " <=90", " >=4", " >=4 <=50") + preset(o, "example.com", "ada@example.com", "a-b-c")
	case 9, 10:
		return "enum[" + pick(r, "low|high", "a", "x1|x_2|y", "type|enum|message") + "]" + o + preset(o, "low", "a")
	default:
		return "bool" + o + preset(o, "true", "false")
	}
}

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }
