package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// at is a place on the one partition of the tests.
func at(topic string, offset int64) place { return place{partition{topic, 0}, offset} }

// logged is a record of the log: an event of typ, or none.
func logged(offset int64, key, typ string) record {
	value := "no event"
	if typ != "" {
		value = fmt.Sprintf(`{"event_type":%q}`, typ)
	}
	return record{place: at("todos", offset), Key: []byte(key), Value: []byte(value)}
}

// from is a record of a derived topic that came from the record of the log with
// that offset.
func from(topic string, offset int64, source record) record {
	r := source
	r.place = at(topic, offset)
	r.Headers = map[string]string{"dlq-origin-topic": "todos", "dlq-origin-partition": "0", "dlq-origin-offset": fmt.Sprint(source.Offset)}
	return r
}

func entry(what string, time int64, p place) line { return line{What: what, At: time, place: p} }

// sound is evidence of a run in which all went well: of two members, the first
// was killed.
func sound() evidence {
	log := []record{
		logged(0, "a", "Created"), logged(1, "a", "Created"), logged(2, "b", "Created"), logged(3, "x", ""),
		logged(4, "b", "Other"), logged(5, "c", "Created"), logged(6, "d", "Created"), logged(7, "e", "Created"),
	}
	redriven := at("todos.g.redrive", 0)
	again := entry(lineOK, 90, redriven)
	again.Redriven = true
	return evidence{
		Log:   log,
		Acked: []place{log[0].place, log[7].place},
		Groups: []groupEvidence{{
			Group: "g", Topics: []string{"todos"}, Handles: []string{"Created"},
			Journals: []journal{
				{Name: "killed", Lines: []line{
					entry(lineStart, 9, log[0].place), entry(lineOK, 10, log[0].place), entry(lineOK, 20, log[1].place),
					entry(lineStart, 21, log[2].place),
				}},
				{Name: "other", Lines: []line{
					entry(lineOK, 60, log[1].place), // handled again
					entry(lineOK, 61, log[2].place), entry(lineSkip, 62, log[5].place),
					entry(lineFail, 63, log[6].place), entry(lineFail, 64, log[7].place), again,
				}},
			},
			Letters:   []record{from("todos.g.dlq", 0, log[3]), from("todos.g.dlq", 1, log[6]), from("todos.g.dlq", 2, log[7])},
			Redrives:  []record{from("todos.g.redrive", 0, log[6])},
			Committed: map[partition]int64{{"todos", 0}: 8},
		}},
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	events := row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Dead: 1, Skipped: 2, Duplicates: 1}
	foreign := row{Group: "g", Topic: "todos", Foreign: true, Records: 1, Dead: 1}
	rows := map[string]struct {
		spoil   func(e *evidence, g *groupEvidence)
		events  row
		foreign row
		problem string // part of the first one; "": none
	}{
		"all is well": {func(*evidence, *groupEvidence) {}, events, foreign, ""},
		"a line is dropped": {
			func(_ *evidence, g *groupEvidence) {
				g.Journals[0].Lines = slices.Delete(g.Journals[0].Lines, 1, 2)
			},
			row{Group: "g", Topic: "todos", Records: 7, Direct: 2, Redriven: 1, Dead: 1, Skipped: 2, Duplicates: 1, Lost: 1},
			foreign, "todos/0/0 (Created) is neither handled nor dead nor skipped",
		},
		"two lines are swapped": {
			func(_ *evidence, g *groupEvidence) {
				l := g.Journals[0].Lines
				l[1], l[2] = l[2], l[1]
			},
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Dead: 1, Skipped: 2, Duplicates: 1, Disorder: 1},
			foreign, "todos/0/1 was handled before todos/0/0 of the same key",
		},
		"a line is doubled": {
			func(_ *evidence, g *groupEvidence) {
				g.Journals[0].Lines = slices.Insert(g.Journals[0].Lines, 1, g.Journals[0].Lines[1])
			},
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Dead: 1, Skipped: 2, Duplicates: 2},
			foreign, "",
		},
		"the other member was first": {
			func(_ *evidence, g *groupEvidence) { g.Journals[0].Lines[1].At = 70; g.Journals[0].Lines[2].At = 71 },
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Dead: 1, Skipped: 2, Duplicates: 1, Disorder: 1},
			foreign, "todos/0/1 was handled before todos/0/0",
		},
		"a dead letter was handled too, after a newer one": {
			// The killed member had written a letter for the older of two, handled
			// the newer one, and committed neither.
			func(_ *evidence, g *groupEvidence) {
				g.Letters = append(g.Letters, from("todos.g.dlq", 3, logged(0, "a", "Created")))
				g.Journals[0].Lines[1].What = lineFail
				g.Journals[1].Lines = append(g.Journals[1].Lines, entry(lineOK, 95, at("todos", 0)))
			},
			events, foreign, "",
		},
		"a dead letter is missing": {
			func(_ *evidence, g *groupEvidence) { g.Letters = g.Letters[1:] },
			events,
			row{Group: "g", Topic: "todos", Foreign: true, Records: 1, Lost: 1},
			"todos/0/3 (no event) is neither",
		},
		"a dead letter has other bytes": {
			func(_ *evidence, g *groupEvidence) { g.Letters[0].Value = []byte("no  event") },
			events, foreign, "dead letter todos.g.dlq/0/0 differs from its record",
		},
		"a dead letter without headers": {
			func(_ *evidence, g *groupEvidence) { g.Letters[2].Headers = nil },
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Skipped: 2, Duplicates: 1, Lost: 1},
			foreign, "its dlq-origin headers name no record",
		},
		"what was skipped is not committed": {
			func(_ *evidence, g *groupEvidence) { g.Committed = map[partition]int64{{"todos", 0}: 4} },
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Redriven: 1, Dead: 1, Skipped: 1, Duplicates: 1, Lost: 1},
			foreign, "todos/0/4 (Other) is neither",
		},
		"the redriven event is not in its topic": {
			func(_ *evidence, g *groupEvidence) { g.Redrives = nil },
			row{Group: "g", Topic: "todos", Records: 7, Direct: 3, Dead: 2, Skipped: 2, Duplicates: 1},
			foreign, "a redriven record that is not in the redrive topics",
		},
		"a foreign record was handled": {
			func(_ *evidence, g *groupEvidence) {
				g.Journals[1].Lines = append(g.Journals[1].Lines, entry(lineOK, 99, at("todos", 3)))
			},
			events,
			row{Group: "g", Topic: "todos", Foreign: true, Records: 1, Direct: 1},
			"todos/0/3 is no event, and was handled",
		},
		"something was handled that is not in the log": {
			func(_ *evidence, g *groupEvidence) {
				g.Journals[1].Lines = append(g.Journals[1].Lines, entry(lineOK, 99, at("todos", 9)))
			},
			events, foreign, "handling of todos/0/9, which is not in its log",
		},
		"an acknowledged event is not in the log": {
			func(e *evidence, _ *groupEvidence) { e.Acked = append(e.Acked, at("todos", 9)) },
			events, foreign, "todos/0/9 was acknowledged to the producer and is not in the log",
		},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sound()
			r.spoil(&e, &e.Groups[0])
			a := settle(e)
			if diff := cmp.Diff([]row{r.events, r.foreign}, a.Rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			first := strings.Join(a.Problems, "\n")
			if (r.problem == "") != (first == "") || !strings.Contains(first, r.problem) {
				t.Errorf("problems: %q, want %q", first, r.problem)
			}
			if holds := a.holds(); holds != (r.problem == "") {
				t.Errorf("the account holds: %t", holds)
			}
		})
	}
}
