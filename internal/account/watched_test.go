package account_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// tenths of a second, in which the tests of this file count.
func tenths(n float64) int64 { return int64(n * 1e8) }

func event(offset int64, key string) account.Record {
	r := logged(offset, key, "Created")
	r.Value = fmt.Appendf(nil, `{"event_id":"e%d","event_type":"Created"}`, offset)
	r.Headers = []account.Header{{Key: "content-type", Value: []byte("application/json")}}
	return r
}

func letterOf(offset int64, r account.Record) account.Record {
	l := from("todos.g.dlq", offset, r)
	l.Headers = slices.Concat(r.Headers, l.Headers)
	return l
}

func partition(kind account.Kind, at float64) account.Entry {
	return entry(kind, tenths(at), at0(0))
}

func at0(offset int64) account.Position { return at("todos", offset) }

func attempt(kind account.Kind, t float64, offset int64) account.Entry {
	e := entry(kind, tenths(t), at0(offset))
	e.Attempt, e.Type, e.EventID = 1, "Created", fmt.Sprint("e", offset)
	return e
}

func published(kind account.Kind, t float64, offset int64) account.Entry {
	e := entry(kind, tenths(t), at0(offset))
	e.EventID = fmt.Sprint("e", offset)
	return e
}

func committed(since, t float64, offset int64) account.Entry {
	e := entry(account.Committed, tenths(t), at0(offset))
	e.Group, e.Since = "g", tenths(since)
	return e
}

func driven(kind account.Kind, t float64, member string) account.Entry {
	return account.Entry{Kind: kind, At: tenths(t), Member: member}
}

// watched is evidence of a run of which everything was written down: of six events
// the second becomes a dead letter and the last is skipped; m1 is killed after it has
// handled two that it has not committed.
func watched() account.Evidence {
	keys := []string{"a", "a", "a", "b", "a", "b"}
	var e account.Evidence
	producer := account.Journal{Name: "p"}
	fates := []account.Kind{account.Handled, account.Failed, account.Handled, account.Handled, account.Handled, account.Skipped}
	for i, key := range keys {
		e.Log = append(e.Log, event(int64(i), key))
		intent := published(account.Intended, 10+float64(i), int64(i))
		intent.Fate, intent.Key = fates[i], key
		producer.Entries = append(producer.Entries, intent, published(account.Acked, 10.5+float64(i), int64(i)))
	}
	producer.Entries = append(producer.Entries, published(account.Intended, 20, 6), published(account.Refused, 20, 6), published(account.Intended, 21, 7))
	e.Producers = []account.Journal{producer}
	e.Ends = map[account.TopicPartition]int64{todos: 6}
	written := entry(account.Written, tenths(150), at("todos.g.dlq", 0))
	written.Since, written.Count = tenths(145), 1
	e.Observed = &account.Journal{Name: "observed", Entries: []account.Entry{
		committed(125, 126, 1), written, committed(155, 156, 2), committed(290, 291, 6),
	}}
	e.Driver = &account.Journal{Name: "driver", Entries: []account.Entry{
		driven(account.Launched, 5, "p"), driven(account.Launched, 6, "m1"), driven(account.Launched, 7, "m2"),
		driven(account.Stopping, 90, "p"), driven(account.Ended, 95, "p"), driven(account.Killed, 180, "m1"), driven(account.Ended, 181, "m1"),
		driven(account.Stopping, 300, "m2"), driven(account.Ended, 315, "m2"),
	}}
	e.StopLimit = 2 * time.Second
	e.Secrets, e.Texts = []string{"canary-3141"}, map[string]string{"m1.log": "nothing to see"}
	e.Groups = []account.Group{{
		Name: "g", Topics: []string{"todos"}, Handles: []string{"Created"},
		Journals: []account.Journal{
			{Name: "m1", Entries: []account.Entry{
				partition(account.Assigned, 100),
				attempt(account.Started, 110, 0), attempt(account.Handled, 120, 0),
				attempt(account.Started, 130, 1), attempt(account.Failed, 140, 1),
				attempt(account.Started, 160, 2), attempt(account.Started, 165, 3), attempt(account.Handled, 170, 2), attempt(account.Handled, 175, 3),
			}},
			{Name: "m2", Entries: []account.Entry{
				partition(account.Assigned, 240),
				attempt(account.Started, 250, 2), attempt(account.Started, 255, 3), attempt(account.Handled, 260, 2), attempt(account.Handled, 265, 3),
				attempt(account.Started, 270, 4), attempt(account.Started, 275, 5), attempt(account.Handled, 280, 4), attempt(account.Skipped, 285, 5),
				{Kind: account.Left, At: tenths(310)},
			}},
		},
		DeadLetters:      []account.Record{letterOf(0, e.Log[1])},
		LetterPartitions: map[string]int32{"todos.g.dlq": 1},
		Committed:        map[account.TopicPartition]int64{todos: 6},
	}}
	return e
}

// insert puts an entry where its time belongs.
func insert(j *account.Journal, entries ...account.Entry) {
	j.Entries = append(j.Entries, entries...)
	slices.SortStableFunc(j.Entries, func(a, b account.Entry) int { return int(a.At - b.At) })
}

// drop removes the first entry of a kind at an offset.
func drop(j *account.Journal, kind account.Kind, offset int64) account.Entry {
	i := slices.IndexFunc(j.Entries, func(e account.Entry) bool { return e.Kind == kind && e.Offset == offset })
	e := j.Entries[i]
	j.Entries = slices.Delete(j.Entries, i, i+1)
	return e
}

func move(j *account.Journal, kind account.Kind, offset int64, to float64) {
	e := drop(j, kind, offset)
	e.At = tenths(to)
	insert(j, e)
}

// Each rule has a journal, or what was read of the cluster, that is broken on purpose
// so that the rule finds it, and no other one does that is not named.
func TestEachRuleFindsWhatBreaksIt(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		spoil func(e *account.Evidence, g *account.Group)
		rules string
	}{
		"nothing is broken": {func(*account.Evidence, *account.Group) {}, ""},
		"an acknowledged event is not in the log": {func(e *account.Evidence, _ *account.Group) {
			insert(&e.Producers[0], published(account.Acked, 22, 7))
		}, "K1"},
		"an acknowledged event is somewhere else": {func(e *account.Evidence, _ *account.Group) {
			e.Producers[0].Entries[3].Offset = 5
		}, "K1"},
		"what was refused is written": {func(e *account.Evidence, _ *account.Group) {
			e.Producers[0].Entries[3].Kind = account.Refused
		}, "K2"},
		"nobody has published an event": {func(e *account.Evidence, _ *account.Group) {
			drop(&e.Producers[0], account.Acked, 3)
			drop(&e.Producers[0], account.Intended, 3)
		}, "K3"},
		"an event is written twice": {func(e *account.Evidence, g *account.Group) {
			again := event(0, "a")
			again.Offset = 6
			e.Log, e.Ends[todos], g.Committed[todos] = append(e.Log, again), 7, 7
			insert(&g.Journals[1], attempt(account.Started, 286, 6), attempt(account.Handled, 287, 6))
		}, "K4"},
		"two producers publish one event": {func(e *account.Evidence, _ *account.Group) {
			e.Producers = append(e.Producers, account.Journal{Name: "q", Entries: []account.Entry{published(account.Intended, 30, 0)}})
			insert(e.Driver, driven(account.Launched, 1, "q"), driven(account.Stopping, 90, "q"), driven(account.Ended, 91, "q"))
		}, "K4"},
		"a publish has two outcomes": {func(e *account.Evidence, _ *account.Group) {
			insert(&e.Producers[0], published(account.Refused, 30, 0))
		}, "K4"},
		"the line of a success is dropped": {func(_ *account.Evidence, g *account.Group) {
			drop(&g.Journals[1], account.Handled, 4)
		}, "K5 K9"},
		"an event whose handler always fails is handled": {func(e *account.Evidence, _ *account.Group) {
			e.Producers[0].Entries[0].Fate = account.Failed
		}, "K6"},
		"an event whose handler succeeds is a dead letter": {func(e *account.Evidence, _ *account.Group) {
			e.Producers[0].Entries[2].Fate = account.Handled
		}, "K6"},
		"a newer event of the key starts before an older one": {func(_ *account.Evidence, g *account.Group) {
			move(&g.Journals[1], account.Started, 4, 241)
			move(&g.Journals[1], account.Handled, 4, 242)
		}, "K7"},
		"the first successes of a key are swapped": {func(_ *account.Evidence, g *account.Group) {
			j := &g.Journals[0]
			move(j, account.Started, 0, 171)
			move(j, account.Handled, 0, 172)
		}, "K7 K8 K9"},
		"a handler starts before the dead letter is acknowledged": {func(_ *account.Evidence, g *account.Group) {
			move(&g.Journals[0], account.Started, 2, 145)
		}, "K8"},
		"a handler starts while an older one of the key runs": {func(_ *account.Evidence, g *account.Group) {
			move(&g.Journals[1], account.Started, 5, 258)
		}, "K8"},
		"a record is handled twice at once": {func(_ *account.Evidence, g *account.Group) {
			insert(&g.Journals[1], attempt(account.Started, 279, 4), attempt(account.Abandoned, 281, 4))
		}, "K8"},
		"two members handle one key at once": {func(e *account.Evidence, g *account.Group) {
			insert(&g.Journals[0], attempt(account.Started, 176, 4)) // until it is killed
			e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool {
				return e.Kind == account.Killed || e.Kind == account.Ended && e.Member == "m1"
			})
			insert(e.Driver, driven(account.Killed, 255, "m1"), driven(account.Ended, 256, "m1"))
		}, "K8 ownership"},
		"a member does not wait for a handler": {func(e *account.Evidence, g *account.Group) {
			outlived(e, g)
			e.DrainLimit = 3 * time.Second
		}, "K8"},
		"a commit is raised": {func(e *account.Evidence, _ *account.Group) {
			e.Observed.Entries[2].Offset = 3
		}, "K15 K9"},
		"a commit that was refused had covered more": {func(e *account.Evidence, _ *account.Group) {
			c := committed(157, 158, 4)
			c.Code = 22 // ILLEGAL_GENERATION
			insert(e.Observed, c)
		}, "K9"},
		"a commit falls": {func(e *account.Evidence, _ *account.Group) {
			insert(e.Observed, committed(160, 161, 1))
		}, "K10"},
		"the last commit is not the end": {func(_ *account.Evidence, g *account.Group) { g.Committed[todos] = 5 }, "K11"},
		"a header of a dead letter is changed": {func(_ *account.Evidence, g *account.Group) {
			g.DeadLetters[0].Headers[0].Value = []byte("text/plain")
		}, "K12"},
		"a commit comes before the dead letter": {func(e *account.Evidence, _ *account.Group) {
			e.Observed.Entries[1], e.Observed.Entries[2] = committed(141, 144, 2), e.Observed.Entries[1]
		}, "K13"},
		"nobody has seen the dead letter's acknowledgement": {func(e *account.Evidence, _ *account.Group) {
			drop(e.Observed, account.Written, 0)
		}, "K13"},
		"a dead letter is in another partition": {func(_ *account.Evidence, g *account.Group) {
			g.LetterPartitions["todos.g.dlq"] = 3 // of which "a" belongs in another one than 0
		}, "K14"},
		"what was committed is delivered again": {func(_ *account.Evidence, g *account.Group) {
			insert(&g.Journals[1], attempt(account.Started, 241, 1), attempt(account.Failed, 242, 1))
		}, "K15"},
		"what is not in the log is handled": {func(_ *account.Evidence, g *account.Group) {
			insert(&g.Journals[1], attempt(account.Handled, 286, 9))
		}, "K16"},
		"a log has a secret": {func(e *account.Evidence, _ *account.Group) { e.Texts["m1.log"] = "title=canary-3141" }, "K18"},
		"a process ends late": {func(e *account.Evidence, _ *account.Group) {
			e.Driver.Entries[len(e.Driver.Entries)-1].At = tenths(340)
		}, "K19"},
		"a process ends by itself": {func(e *account.Evidence, _ *account.Group) {
			e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool { return e.Kind == account.Stopping && e.Member == "p" })
		}, "K19"},
		"a process does not end": {func(e *account.Evidence, _ *account.Group) {
			e.Driver.Entries = e.Driver.Entries[:len(e.Driver.Entries)-1]
		}, "K19"},
		"a partition has two owners": {func(_ *account.Evidence, g *account.Group) {
			g.Journals[1].Entries[0].At = tenths(150)
		}, "ownership"},
		"a partition is assigned twice": {func(_ *account.Evidence, g *account.Group) {
			insert(&g.Journals[1], partition(account.Assigned, 290))
		}, "ownership"},
		"records are handled again after an orderly end": {func(e *account.Evidence, g *account.Group) {
			e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool { return e.Kind == account.Killed })
			insert(e.Driver, driven(account.Stopping, 177, "m1"))
			insert(&g.Journals[0], account.Entry{Kind: account.Left, At: tenths(178)})
		}, "duplicate"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := watched()
			row.spoil(&e, &e.Groups[0])
			a := account.Check(e)
			rules := map[string]bool{}
			for _, f := range a.Findings {
				rules[string(f.Rule)] = true
			}
			if got := strings.Join(slices.Sorted(maps.Keys(rules)), " "); got != sorted(row.rules) {
				t.Errorf("rules %q, want %q: %v", got, row.rules, a.Findings)
			}
			if len(a.Unseen) > 0 {
				t.Errorf("unseen: %q", a.Unseen)
			}
			if a.Holds() != (row.rules == "") {
				t.Errorf("the account holds: %t", a.Holds())
			}
		})
	}
}

func sorted(words string) string { return strings.Join(slices.Sorted(strings.FieldsSeq(words)), " ") }

// What a group may do when a member was frozen or has lost its partition is not found.
func TestWhatHasACauseIsNotFound(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(e *account.Evidence, g *account.Group)
		causes map[string]int
	}{
		"killed": {func(*account.Evidence, *account.Group) {}, map[string]int{"kill": 2}},
		"frozen": {func(e *account.Evidence, g *account.Group) {
			// It goes on with record 4 when it is thawed, and loses the partition then.
			frozen(e, g)
			insert(e.Driver, driven(account.Freezing, 177, "m1"), driven(account.Thawed, 272, "m1"))
		}, map[string]int{"freeze": 2}},
		"lost": {frozen, map[string]int{"loss": 2}},
		"above an unsettled record": {func(e *account.Evidence, g *account.Group) {
			// m1 gives the partition back while 2 waits for another attempt.
			drop(&g.Journals[0], account.Handled, 2)
			insert(&g.Journals[0], attempt(account.Failed, 170, 2), partition(account.Revoked, 178))
			e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool { return e.Kind == account.Killed })
			insert(e.Driver, driven(account.Stopping, 179, "m1"))
		}, map[string]int{"above an unsettled record": 1}},
		"outlived": {func(e *account.Evidence, g *account.Group) {
			// m1 has waited for 2 s for the handler of 4, which goes on beside m2.
			outlived(e, g)
			e.DrainLimit = 2 * time.Second
		}, map[string]int{"a handler that outlived its assignment": 1}},
		"a commit failed": {func(e *account.Evidence, g *account.Group) {
			c := committed(178.5, 179, 4)
			c.Code = account.NoAnswer
			insert(e.Observed, c)
			insert(&g.Journals[0], partition(account.Revoked, 180))
			e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool { return e.Kind == account.Killed })
			insert(e.Driver, driven(account.Stopping, 180.5, "m1"))
		}, map[string]int{"a commit that failed": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := watched()
			row.change(&e, &e.Groups[0])
			a := account.Check(e)
			if !a.Holds() {
				t.Errorf("findings %v, unseen %q", a.Findings, a.Unseen)
			}
			if diff := cmp.Diff(row.causes, a.Causes); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
		})
	}
}

// frozen has m1 go on with record 4 beside m2, and then say that it has lost the
// partition.
func frozen(e *account.Evidence, g *account.Group) {
	insert(&g.Journals[0], attempt(account.Started, 176, 4), attempt(account.Abandoned, 273, 4), partition(account.Lost, 274))
	e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool {
		return e.Member == "m1" && e.Kind != account.Launched
	})
	insert(e.Driver, driven(account.Stopping, 275, "m1"), driven(account.Ended, 276, "m1"))
}

// outlived has m1 give the partition back, 2.4 s after the handler of record 4 has
// started, which ends while m2 handles it. All before it is committed.
func outlived(e *account.Evidence, g *account.Group) {
	insert(&g.Journals[0], attempt(account.Started, 180, 4), partition(account.Revoked, 204), attempt(account.Handled, 275, 4))
	insert(e.Observed, committed(203, 203.5, 4))
	for _, offset := range []int64{2, 3} {
		drop(&g.Journals[1], account.Started, offset)
		drop(&g.Journals[1], account.Handled, offset)
	}
	e.Driver.Entries = slices.DeleteFunc(e.Driver.Entries, func(e account.Entry) bool {
		return e.Member == "m1" && e.Kind != account.Launched
	})
	insert(e.Driver, driven(account.Stopping, 276, "m1"), driven(account.Ended, 278, "m1"))
}

// What was not seen is told, whatever was found in the rest.
func TestWhatWasNotSeenIsTold(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(e *account.Evidence, g *account.Group)
		want  string
	}{
		"a line is cut":                {func(_ *account.Evidence, g *account.Group) { g.Journals[0].Cut = 7 }, "journal m1 ends in the middle of a line, after 7 bytes of it"},
		"the clock goes back":          {func(e *account.Evidence, _ *account.Group) { e.Observed.Entries[2].At = tenths(100) }, "journal observed, line 3: the clock went back by 5000 ms: what happened first is not known"},
		"a journal is missing":         {func(_ *account.Evidence, g *account.Group) { g.Journals = g.Journals[:1] }, "the journal of process m2 is missing"},
		"a journal is there twice":     {func(_ *account.Evidence, g *account.Group) { g.Journals = append(g.Journals, g.Journals[0]) }, "there are two journals with the name m1"},
		"a journal is empty":           {func(_ *account.Evidence, g *account.Group) { g.Journals[1].Entries = nil }, "journal m2 has no line"},
		"an intent is missing":         {func(e *account.Evidence, _ *account.Group) { drop(&e.Producers[0], account.Intended, 6) }, "journal p, line 13: an outcome of event e6, whose intent is missing"},
		"an assignment is missing":     {func(_ *account.Evidence, g *account.Group) { drop(&g.Journals[0], account.Assigned, 0) }, "journal m1 does not say which partitions its member had"},
		"a process was never launched": {func(e *account.Evidence, _ *account.Group) { drop(e.Driver, account.Launched, 0) }, `the driver's journal, line 3: stopping of "p", which was not launched`},
		"the collector could not read": {func(e *account.Evidence, _ *account.Group) { e.Unseen = []string{"the topic todos"} }, "the topic todos"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := watched()
			row.spoil(&e, &e.Groups[0])
			if a := account.Check(e); !slices.Contains(a.Unseen, row.want) || a.Holds() {
				t.Errorf("unseen %q, want %q; holds: %t", a.Unseen, row.want, a.Holds())
			}
		})
	}
}
