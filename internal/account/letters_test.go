package account_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// Letters of one key are in their records' order; copies, which a member that was
// killed leaves, do not count.
func TestLettersKeepTheOrderOfTheirRecords(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		order []int64
		found int
	}{
		"in order":              {[]int64{0, 1, 2}, 0},
		"copies":                {[]int64{0, 1, 0, 1, 2}, 0},
		"the last two swapped":  {[]int64{0, 2, 1}, 1},
		"the first one is last": {[]int64{1, 2, 0}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := account.Evidence{Log: []account.Record{event(0, "a"), event(1, "a"), event(2, "a")}}
			g := account.Group{Name: "g", Topics: []string{"todos"}}
			for i, offset := range row.order {
				g.DeadLetters = append(g.DeadLetters, letterOf(int64(i), e.Log[offset]))
			}
			e.Groups = []account.Group{g}
			if a := account.Check(e); len(a.Findings) != row.found || row.found > 0 && a.Findings[0].Rule != account.LetterInPlace {
				t.Errorf("%v", a.Findings)
			}
		})
	}
}

func TestARedriveSendsEachLetterOnce(t *testing.T) {
	t.Parallel()
	redriven := func(offset int64, run, letter string) account.Record {
		r := from("todos.g.redrive", offset, event(0, "a"))
		r.Headers = append(r.Headers, account.Header{Key: "redrive-id", Value: []byte(run)}, account.Header{Key: "redrive-of", Value: []byte(letter)})
		return r
	}
	once := []account.Redrive{{ID: "run", Letters: []string{"x", "y"}, Complete: true}}
	for name, row := range map[string]struct {
		redrives []account.Redrive
		sent     []account.Record
		want     string
	}{
		"complete":           {once, []account.Record{redriven(0, "run", "x"), redriven(1, "run", "y")}, ""},
		"under way":          {[]account.Redrive{{ID: "run", Letters: []string{"x", "y"}}}, []account.Record{redriven(0, "run", "x")}, ""},
		"two runs":           {nil, []account.Record{redriven(0, "run", "x"), redriven(1, "another", "x")}, ""},
		"one is missing":     {once, []account.Record{redriven(0, "run", "x")}, "redrive run is complete, and has not sent dead letter y"},
		"one is twice":       {nil, []account.Record{redriven(0, "run", "x"), redriven(1, "run", "x")}, "redrive run has sent dead letter x twice, again as todos.g.redrive/0/1"},
		"one is not its own": {once, []account.Record{redriven(0, "run", "x"), redriven(1, "run", "y"), redriven(2, "run", "z")}, "redrive run has sent dead letter z, which it did not select, as todos.g.redrive/0/2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := account.Evidence{Log: []account.Record{event(0, "a")}, Groups: []account.Group{{
				Name: "g", Topics: []string{"todos"}, DeadLetters: []account.Record{letterOf(0, event(0, "a"))}, Redriven: row.sent, Redrives: row.redrives,
			}}}
			var found []string
			for _, f := range account.Check(e).Findings {
				found = append(found, string(f.Rule)+" "+f.Text)
			}
			want := []string{"K17 " + row.want}
			if row.want == "" {
				want = nil
			}
			if !slices.Equal(found, want) {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
}

// The history of a record has everything about it, in the order of time.
func TestAHistoryTellsEverythingOfARecord(t *testing.T) {
	t.Parallel()
	got := account.History(watched(), "g", at0(1))
	want := []string{
		`todos/0/1: event e1, key "a"`, "p: intended e1", "p: acked e1", "m1: assigned todos/0", "m1: started, attempt 1", "m1: failed, attempt 1",
		"broker: asked to write dead letter todos.g.dlq/0/0", "broker: dead letter todos.g.dlq/0/0 answered, code 0",
		"broker: asked to commit todos/0 at 2, answered after 100.0 ms with code 0", "driver: killed m1", "m2: assigned todos/0",
	}
	at := 0
	for _, line := range want {
		i := strings.Index(got[at:], line)
		if i < 0 {
			t.Fatalf("%q is not in its place in\n%s", line, got)
		}
		at += i
	}
}
