package deadletter_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// redriven is a dead letter of an event that had been redriven count times.
func redriven(offset int64, count int) deadletter.Letter {
	return letter(failedAgain(offset), headers("redrive-group", group, "redrive-topic", topic, "redrive-count", fmt.Sprint(count))...)
}

// source is what the name of the dead-letter topic says.
var source = deadletter.Source{Topic: topic, Group: group}

// sent is a record of the redrive topic that was made of l.
func sent(l deadletter.Letter) event.Record {
	return event.Record{Topic: redrive, Headers: l.RedriveHeaders(nil, "run", "why")}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	foreign := deadletter.Read(event.Record{Topic: dlq, Headers: headers("dlq-id", "mailer/orders/1/1")})
	byHand := event.Record{Topic: redrive, Headers: headers("redrive-of", "mailer/orders/1/1")}
	ofAnother := sent(letter(failure(1)))
	ofAnother.Headers = append(ofAnother.Headers, headers("redrive-topic", "people")...)
	elsewhere := sent(letter(failure(1)))
	elsewhere.Topic = "people.mailer.redrive"
	one := []deadletter.Letter{letter(failure(1))}
	planned := []string{"planned  orders.mailer.redrive"}
	for _, row := range []struct {
		name    string
		options deadletter.PlanOptions
		letters []deadletter.Letter
		holds   []event.Record
		want    []string
	}{
		{"nothing", deadletter.PlanOptions{}, nil, []event.Record{byHand}, nil},
		{"one", deadletter.PlanOptions{}, one, nil, planned},
		{"to the source topic", deadletter.PlanOptions{ToSource: true}, one, nil, []string{"planned  orders"}},
		{"twins", deadletter.PlanOptions{}, []deadletter.Letter{one[0], letter(failure(2)), one[0], one[0]}, nil, []string{planned[0], planned[0], "left_out repeated ", "left_out repeated "}},
		{"two trips of one event", deadletter.PlanOptions{}, []deadletter.Letter{one[0], redriven(1, 1)}, nil, []string{planned[0], planned[0]}},
		{"foreign", deadletter.PlanOptions{Force: true, Again: true}, []deadletter.Letter{foreign, one[0], foreign}, nil, []string{"refused foreign ", planned[0], "refused foreign "}},
		{"often", deadletter.PlanOptions{}, []deadletter.Letter{redriven(1, 2), redriven(2, 3), redriven(3, 99)}, nil, []string{planned[0], "refused too_often ", "refused too_often "}},
		{"often, forced", deadletter.PlanOptions{Force: true}, []deadletter.Letter{redriven(2, 3)}, nil, planned},
		{"twin of what is refused", deadletter.PlanOptions{}, []deadletter.Letter{redriven(2, 3), redriven(2, 3)}, nil, []string{"refused too_often ", "refused too_often "}},
		// A letter with a count that its writer invented kept the real one out.
		{"refused, and a twin that is not", deadletter.PlanOptions{}, []deadletter.Letter{redriven(2, 3), redriven(2, 1)}, nil, []string{"refused too_often ", planned[0]}},
		{"sent", deadletter.PlanOptions{}, []deadletter.Letter{one[0], letter(failure(2))}, []event.Record{sent(one[0]), sent(one[0])}, []string{"left_out sent orders.mailer.redrive", planned[0]}},
		{"sent, again", deadletter.PlanOptions{Again: true}, one, []event.Record{sent(one[0])}, planned},
		{"sent, and often", deadletter.PlanOptions{}, []deadletter.Letter{redriven(2, 3)}, []event.Record{sent(redriven(2, 3))}, []string{"refused too_often "}},
		{"in the source topic", deadletter.PlanOptions{ToSource: true}, one, []event.Record{{Topic: topic, Headers: sent(one[0]).Headers}}, []string{"planned  orders"}},
		{"twin of what was sent", deadletter.PlanOptions{}, []deadletter.Letter{one[0], one[0]}, []event.Record{sent(one[0])}, []string{"left_out sent orders.mailer.redrive", "left_out repeated "}},
		{"written by hand", deadletter.PlanOptions{}, one, []event.Record{byHand}, planned},
		{"of another topic", deadletter.PlanOptions{}, one, []event.Record{ofAnother, elsewhere}, planned},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			plan := deadletter.NewPlan(source, row.options)
			var steps []*deadletter.Step
			for i, l := range row.letters {
				steps = append(steps, plan.Add(l, event.Record{}, deadletter.Position{Offset: int64(i)}))
			}
			for _, rec := range row.holds {
				plan.Holds(rec)
			}
			var got []string
			counts := map[deadletter.Outcome]int{}
			for i, s := range steps {
				got = append(got, fmt.Sprintf("%s %s %s", s.Outcome, s.Why, s.To))
				if s.At.Offset != int64(i) {
					t.Errorf("step %d is at %+v", i, s.At)
				}
				counts[s.Outcome]++
			}
			for _, outcome := range []deadletter.Outcome{deadletter.Planned, deadletter.LeftOut, deadletter.Refused} {
				if plan.Count(outcome) != counts[outcome] {
					t.Errorf("%d are %s, the plan counts %d", counts[outcome], outcome, plan.Count(outcome))
				}
			}
			// What is planned has its turn, once, and nothing else.
			plan.Begin()
			for range 2 {
				for i, l := range row.letters {
					s := plan.Turn(l, event.Record{}, deadletter.Position{Offset: int64(i)})
					if (s != nil) != (steps[i].Outcome == deadletter.NotSent) || s != nil && s != steps[i] {
						t.Errorf("the turn of letter %d is %+v, its step %+v", i, s, steps[i])
					}
					if s != nil {
						plan.Done(s, deadletter.Redriven)
					}
				}
			}
			if n := plan.Count(deadletter.Redriven); n != counts[deadletter.Planned] || plan.Sends() || plan.Count(deadletter.NotSent) != 0 {
				t.Errorf("%d are redriven of %d planned, and %d not sent", n, counts[deadletter.Planned], plan.Count(deadletter.NotSent))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// The headers of a letter decided where it was sent: with --to-source a letter in
// a.b.c.dlq that claimed topic a went there, whoever had written it.
func TestV3_TheDestinationFollowsFromTheSource(t *testing.T) {
	t.Parallel()
	dotted := func(topic, group string) event.Record {
		f := failure(1)
		f.Topic, f.Group, f.At.Topic = topic, group, topic
		return event.Record{Topic: "a.b.c.dlq", Headers: f.Headers(nil, true)}
	}
	for options, want := range map[deadletter.PlanOptions]string{{}: "a.b.c.redrive", {ToSource: true}: "a.b"} {
		plan := deadletter.NewPlan(deadletter.Source{Topic: "a.b", Group: "c"}, options)
		if plan.Sends() || plan.To() != want {
			t.Errorf("an empty plan sends %v to %s", plan.Sends(), plan.To())
		}
		forged, real := dotted("a", "b.c"), dotted("a.b", "c")
		if s := plan.Add(deadletter.Read(forged), forged, deadletter.Position{}); s.Why != deadletter.WhyForeign || s.To != "" || plan.Sends() {
			t.Errorf("a letter of a: %+v", s)
		}
		if s := plan.Add(deadletter.Read(real), real, deadletter.Position{}); s.Outcome != deadletter.Planned || s.To != want || !plan.Sends() {
			t.Errorf("a letter of a.b: %+v", s)
		}
	}
}

// A letter that a stranger wrote with the id of a failure to come, or a record of the
// redrive topic that says to be made of it, had the real one left out.
func TestV3_EqualIDsWithOtherBytesAreTwoLetters(t *testing.T) {
	t.Parallel()
	record := func(key, value []byte, own ...event.Header) event.Record {
		return event.Record{Topic: dlq, Key: key, Value: value, Headers: failure(1).Headers(own, true)}
	}
	real := record([]byte("k"), []byte("v"), headers("a", "b")...)
	for name, forged := range map[string]event.Record{
		"key": record([]byte("x"), []byte("v"), headers("a", "b")...), "null key": record(nil, []byte("v"), headers("a", "b")...),
		"value": record([]byte("k"), []byte("x"), headers("a", "b")...), "empty value": record([]byte("k"), []byte{}, headers("a", "b")...),
		"no header": record([]byte("k"), []byte("v")), "shifted": record([]byte("kv"), []byte(""), headers("a", "b")...),
	} {
		plan := deadletter.NewPlan(source, deadletter.PlanOptions{})
		redriven := forged
		redriven.Topic, redriven.Headers = redrive, deadletter.Read(forged).RedriveHeaders(forged.Headers, "run", "why")
		first, second, third := plan.Add(deadletter.Read(forged), forged, deadletter.Position{}), plan.Add(deadletter.Read(real), real, deadletter.Position{}), plan.Add(deadletter.Read(real), real, deadletter.Position{})
		plan.Holds(redriven)
		if first.Why != deadletter.WhySent || second.Outcome != deadletter.Planned || third.Why != deadletter.WhyRepeated {
			t.Errorf("another %s: %v %v %v", name, first.Why, second.Outcome, third.Why)
		}
		redriven = real
		redriven.Topic, redriven.Headers = redrive, deadletter.Read(real).RedriveHeaders(real.Headers, "run", "why")
		if plan.Holds(redriven); second.Why != deadletter.WhySent {
			t.Errorf("another %s: the real one was redriven, and is %v", name, second.Outcome)
		}
	}
}

func TestSourcesOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]deadletter.Source{
		"a.b.dlq": {{"a", "b"}}, "a.b.c.dlq": {{"a", "b.c"}, {"a.b", "c"}}, "a.dlq": nil, "a.b": nil, ".b.dlq": nil, "a..dlq": nil, ".dlq": nil,
	} {
		if diff := cmp.Diff(want, deadletter.SourcesOf(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlanComparesOnlyTheRedriveTopicUnlessAgain(t *testing.T) {
	t.Parallel()
	for options, want := range map[deadletter.PlanOptions]bool{
		{}: true, {Force: true}: true, {Again: true}: false, {ToSource: true}: false,
	} {
		if got := deadletter.NewPlan(source, options).Compares(); got != want {
			t.Errorf("%+v: %t, want %t", options, got, want)
		}
	}
}

// A redrive kept about 1.9 KB of each selected letter: it grew with the topic.
func TestAPlanIsSmall(t *testing.T) {
	const letters, each = 100_000, 200 // bytes, which MaxPlanned and --max tell
	rec := letter(failure(1))
	own := event.Record{Topic: dlq, Headers: failure(1).Headers(headers("tenant", strings.Repeat("7", 1000)), true)}
	plan := deadletter.NewPlan(source, deadletter.PlanOptions{Max: letters})
	before := heap()
	for i := range letters {
		if plan.TooLong() {
			t.Fatalf("%d letters are too many", i)
		}
		own.Value = []byte(fmt.Sprint(i))
		plan.Add(rec, own, deadletter.Position{Offset: int64(i)})
	}
	if took := (heap() - before) / letters; took > each {
		t.Errorf("a letter takes %d bytes, want at most %d", took, each)
	}
	// What repeats another one or is foreign takes no memory.
	for range letters {
		plan.Add(rec, own, deadletter.Position{Offset: letters})
		plan.Add(deadletter.Letter{}, own, deadletter.Position{Offset: letters})
	}
	if plan.TooLong() || plan.Count(deadletter.Planned) != letters || plan.Count(deadletter.LeftOut) != letters || plan.Count(deadletter.Refused) != letters {
		t.Errorf("%d planned, %d left out, %d refused", plan.Count(deadletter.Planned), plan.Count(deadletter.LeftOut), plan.Count(deadletter.Refused))
	}
	own.Value = nil
	if plan.Add(rec, own, deadletter.Position{Offset: letters}); !plan.TooLong() {
		t.Error("one letter more than there may be is not too many")
	}
}

// heap is what is in use now.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
