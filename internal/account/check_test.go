package account_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// todos is the one partition of the tests.
var todos = account.TopicPartition{Topic: "todos"}

func at(topic string, offset int64) account.Position {
	return account.Position{TopicPartition: account.TopicPartition{Topic: topic}, Offset: offset}
}

// logged is a record of the log: an event of typ, or none.
func logged(offset int64, key, typ string) account.Record {
	value := "not an event"
	if typ != "" {
		value = fmt.Sprintf(`{"event_type":%q}`, typ)
	}
	return account.Record{Position: at("todos", offset), Key: []byte(key), Value: []byte(value)}
}

// from is a record of a derived topic that came from the record of the log with
// that offset.
func from(topic string, offset int64, source account.Record) account.Record {
	r := source
	r.Position = at(topic, offset)
	r.Headers = []account.Header{
		{Key: "dlq-origin-topic", Value: []byte("a header of the record itself, which does not count")},
		{Key: "dlq-origin-topic", Value: []byte("todos")},
		{Key: "dlq-origin-partition", Value: []byte("0")},
		{Key: "dlq-origin-offset", Value: fmt.Append(nil, source.Offset)},
	}
	return r
}

func entry(kind account.Kind, time int64, p account.Position) account.Entry {
	return account.Entry{Kind: kind, At: time, Position: p}
}

// sound is evidence of a run in which all went well: of two members, the first was
// killed, and what it had not committed was handled again.
func sound() account.Evidence {
	log := []account.Record{
		logged(0, "a", "Created"), logged(1, "a", "Created"), logged(2, "b", "Created"), logged(3, "x", ""),
		logged(4, "b", "Other"), logged(5, "c", "Created"), logged(6, "d", "Created"), logged(7, "e", "Created"),
	}
	redriven := at("todos.g.redrive", 0)
	again := entry(account.Handled, 90, redriven)
	again.Redriven = true
	return account.Evidence{
		Log:   log,
		Ends:  map[account.TopicPartition]int64{todos: 8},
		Acked: []account.Position{log[0].Position, log[7].Position},
		Groups: []account.Group{{
			Name: "g", Topics: []string{"todos"}, Handles: []string{"Created"},
			Journals: []account.Journal{
				{Name: "killed", Entries: []account.Entry{
					entry(account.Started, 9, log[0].Position), entry(account.Handled, 10, log[0].Position), entry(account.Handled, 20, log[1].Position),
					entry(account.Started, 21, log[2].Position),
				}},
				{Name: "other", Entries: []account.Entry{
					entry(account.Handled, 60, log[1].Position), // handled again
					entry(account.Handled, 61, log[2].Position), entry(account.Skipped, 62, log[5].Position),
					entry(account.Failed, 63, log[6].Position), entry(account.Failed, 64, log[7].Position), again,
				}},
			},
			DeadLetters: []account.Record{from("todos.g.dlq", 0, log[3]), from("todos.g.dlq", 1, log[6]), from("todos.g.dlq", 2, log[7])},
			Redriven:    []account.Record{from("todos.g.redrive", 0, log[6])},
			Committed:   map[account.TopicPartition]int64{todos: 8},
		}},
	}
}

// The evidence is broken on purpose, in one place each.
func TestBrokenEvidenceIsFound(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		spoil    func(e *account.Evidence, g *account.Group)
		events   func(*account.Row) // what is different from sound; nil: nothing
		foreign  func(*account.Row)
		findings []string
	}{
		"sound": {func(*account.Evidence, *account.Group) {}, nil, nil, nil},
		"a line is dropped": {
			func(_ *account.Evidence, g *account.Group) {
				g.Journals[0].Entries = slices.Delete(g.Journals[0].Entries, 1, 2)
			},
			func(r *account.Row) { r.Direct--; r.Lost++ }, nil,
			[]string{"K5: g: todos/0/0 (Created) was neither handled nor skipped, and is not a dead letter"},
		},
		"two lines are swapped": {
			func(_ *account.Evidence, g *account.Group) {
				l := g.Journals[0].Entries
				l[1], l[2] = l[2], l[1]
			},
			func(r *account.Row) { r.OutOfOrder++ }, nil,
			[]string{"K7: g: todos/0/1 was handled before todos/0/0 of the same key"},
		},
		// At least once allows it: it is counted.
		"a line is doubled": {
			func(_ *account.Evidence, g *account.Group) {
				g.Journals[0].Entries = slices.Insert(g.Journals[0].Entries, 1, g.Journals[0].Entries[1])
			},
			func(r *account.Row) { r.Duplicates++ }, nil, nil,
		},
		"a commit is raised": {
			func(_ *account.Evidence, g *account.Group) { g.Committed[todos] = 9 },
			nil, nil,
			[]string{"K11: g: the last commit of todos/0 is 9, and its end is 8"},
		},
		"a commit is missing": {
			func(_ *account.Evidence, g *account.Group) { delete(g.Committed, todos) },
			func(r *account.Row) { r.Skipped--; r.Lost++ }, nil,
			[]string{
				"K5: g: todos/0/4 (Other) was neither handled nor skipped, and is not a dead letter",
				"K11: g: the last commit of todos/0 is 0, and its end is 8",
			},
		},
		"what was skipped is not committed": {
			func(e *account.Evidence, g *account.Group) { g.Committed[todos] = 4; e.Ends = nil },
			func(r *account.Row) { r.Skipped--; r.Lost++ }, nil,
			[]string{"K5: g: todos/0/4 (Other) was neither handled nor skipped, and is not a dead letter"},
		},
		"the other member was first": {
			func(_ *account.Evidence, g *account.Group) {
				g.Journals[0].Entries[1].At, g.Journals[0].Entries[2].At = 70, 71
			},
			func(r *account.Row) { r.OutOfOrder++ }, nil,
			[]string{"K7: g: todos/0/1 was handled before todos/0/0 of the same key"},
		},
		// The killed member had written a letter for the older of two, handled the
		// newer one, and committed neither.
		"a dead letter was handled too, after a newer one": {
			func(_ *account.Evidence, g *account.Group) {
				g.DeadLetters = append(g.DeadLetters, from("todos.g.dlq", 3, logged(0, "a", "Created")))
				g.Journals[0].Entries[1].Kind = account.Failed
				g.Journals[0].Entries = append(g.Journals[0].Entries, entry(account.Started, 22, at("todos", 1)))
				g.Journals[1].Entries = append(g.Journals[1].Entries, entry(account.Handled, 95, at("todos", 0)))
			},
			nil, nil, nil,
		},
		"a dead letter is missing": {
			func(_ *account.Evidence, g *account.Group) { g.DeadLetters = g.DeadLetters[1:] },
			nil, func(r *account.Row) { r.DeadLetters--; r.Lost++ },
			[]string{"K5: g: todos/0/3 (not an event) was neither handled nor skipped, and is not a dead letter"},
		},
		"a dead letter has other bytes": {
			func(_ *account.Evidence, g *account.Group) { g.DeadLetters[0].Value = []byte("not  an event") },
			nil, nil,
			[]string{"K12: g: dead letter todos.g.dlq/0/0 differs from its record todos/0/3"},
		},
		"a dead letter has an empty key for none": {
			func(e *account.Evidence, g *account.Group) { e.Log[3].Key, g.DeadLetters[0].Key = nil, []byte{} },
			nil, nil,
			[]string{"K12: g: dead letter todos.g.dlq/0/0 differs from its record todos/0/3"},
		},
		"a dead letter without headers": {
			func(_ *account.Evidence, g *account.Group) { g.DeadLetters[2].Headers = nil },
			func(r *account.Row) { r.DeadLetters--; r.Lost++ }, nil,
			[]string{
				"K12: g: dead letter todos.g.dlq/0/2: its dlq-origin headers do not name a record",
				"K5: g: todos/0/7 (Created) was neither handled nor skipped, and is not a dead letter",
			},
		},
		"a dead letter of nothing": {
			func(_ *account.Evidence, g *account.Group) {
				g.DeadLetters = append(g.DeadLetters, from("todos.g.dlq", 3, logged(9, "a", "Created")))
			},
			nil, nil,
			[]string{"K12: g: a dead letter of todos/0/9, which is not in the group's log"},
		},
		"the redriven event is not in its topic": {
			func(_ *account.Evidence, g *account.Group) { g.Redriven = nil },
			func(r *account.Row) { r.Redriven--; r.DeadLetters++ }, nil,
			[]string{"K16: g: journal other has a redriven record that is not in the redrive topics: todos.g.redrive/0/0"},
		},
		"a foreign record was handled": {
			func(_ *account.Evidence, g *account.Group) {
				g.Journals[1].Entries = append(g.Journals[1].Entries, entry(account.Handled, 99, at("todos", 3)))
			},
			nil, func(r *account.Row) { r.DeadLetters--; r.Direct++ },
			[]string{"K6: g: todos/0/3 is not an event, and was handled"},
		},
		"something was handled that is not in the log": {
			func(_ *account.Evidence, g *account.Group) {
				g.Journals[1].Entries = append(g.Journals[1].Entries, entry(account.Handled, 99, at("todos", 9)))
			},
			nil, nil,
			[]string{"K16: g: handling of todos/0/9, which is not in the group's log"},
		},
		"an acknowledged event is not in the log": {
			func(e *account.Evidence, _ *account.Group) { e.Acked = append(e.Acked, at("todos", 9)) },
			nil, nil,
			[]string{"K1: todos/0/9 was acknowledged to the producer and is not in the log"},
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []account.Row{
				{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, DeadLetters: 1, Skipped: 2, Duplicates: 1},
				{Group: "g", Topic: "todos", Foreign: true, Records: 1, DeadLetters: 1},
			}
			for i, change := range []func(*account.Row){row.events, row.foreign} {
				if change != nil {
					change(&want[i])
				}
			}
			e := sound()
			row.spoil(&e, &e.Groups[0])
			a := account.Check(e)
			if diff := cmp.Diff(want, a.Rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			var findings []string
			for _, f := range a.Findings {
				findings = append(findings, f.String())
			}
			if diff := cmp.Diff(row.findings, findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if holds := a.Holds(); holds != (len(row.findings) == 0) {
				t.Errorf("the account holds: %t", holds)
			}
		})
	}
}

// run is a long run without faults: n events of several keys, on two partitions,
// handled by two members.
func run(n int) account.Evidence {
	e := account.Evidence{Ends: map[account.TopicPartition]int64{}}
	g := account.Group{Name: "g", Topics: []string{"todos"}, Handles: []string{"Created"}, Journals: []account.Journal{{Name: "first"}, {Name: "second"}}}
	for i := range n {
		r := logged(int64(i/2), fmt.Sprint("key ", i%10), "Created")
		r.Partition = int32(i % 2)
		e.Log = append(e.Log, r)
		e.Acked = append(e.Acked, r.Position)
		e.Ends[r.TopicPartition] = r.Offset + 1
		of := &g.Journals[i*7/n%2] // of whoever had the partitions at that time
		of.Entries = append(of.Entries, entry(account.Started, int64(2*i), r.Position), entry(account.Handled, int64(2*i+1), r.Position))
	}
	g.Committed = maps.Clone(e.Ends)
	e.Groups = []account.Group{g}
	return e
}

func TestEveryLineCounts(t *testing.T) {
	t.Parallel()
	const n = 140
	if a := account.Check(run(n)); !a.Holds() {
		t.Fatalf("%v", a.Findings)
	}
	only := func(e account.Evidence, rule account.Rule, p account.Position) {
		t.Helper()
		a := account.Check(e)
		if len(a.Findings) != 1 || a.Findings[0].Rule != rule || a.Findings[0].Position != p || a.Holds() {
			t.Errorf("%s at %s: %v", rule, p, a.Findings)
		}
	}
	dropped, swapped := 0, 0
	for j := range 2 {
		for i, line := range run(n).Groups[0].Journals[j].Entries {
			if line.Kind != account.Handled {
				continue
			}
			e := run(n)
			entries := e.Groups[0].Journals[j].Entries
			e.Groups[0].Journals[j].Entries = slices.Delete(entries, i, i+1)
			only(e, account.NothingIsLost, line.Position)
			dropped++

			e = run(n)
			entries = e.Groups[0].Journals[j].Entries
			next := i + 20 // of the same key: ten keys, two lines each
			if next >= len(entries) || entries[next].Offset != line.Offset+5 {
				continue // another member's, between them
			}
			entries[i], entries[next] = entries[next], entries[i]
			only(e, account.KeyInOrder, account.Position{TopicPartition: line.TopicPartition, Offset: line.Offset + 5})
			swapped++
		}
	}
	if dropped != n || swapped < n/2 {
		t.Errorf("%d lines were dropped and %d swapped", dropped, swapped)
	}
}
