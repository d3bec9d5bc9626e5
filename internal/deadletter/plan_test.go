package deadletter_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// redriven is a dead letter of an event that had been redriven count times.
func redriven(offset int64, count int) deadletter.Letter {
	return letter(failedAgain(offset), headers("redrive-group", group, "redrive-topic", topic, "redrive-count", fmt.Sprint(count))...)
}

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
		{"twin of what is refused", deadletter.PlanOptions{}, []deadletter.Letter{redriven(2, 3), redriven(2, 3)}, nil, []string{"refused too_often ", "left_out repeated "}},
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
			plan := deadletter.NewPlan(row.options)
			var steps []*deadletter.Step
			for _, l := range row.letters {
				steps = append(steps, plan.Add(l))
			}
			for _, rec := range row.holds {
				plan.Holds(rec)
			}
			var got []string
			for i, s := range steps {
				got = append(got, fmt.Sprintf("%s %s %s", s.Outcome, s.Why, s.To))
				if diff := cmp.Diff(row.letters[i], s.Letter); diff != "" {
					t.Errorf("letter %d (-want +got):\n%s", i, diff)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanTargets(t *testing.T) {
	t.Parallel()
	// a.b.c.dlq is the dead-letter topic of two pairs of topic and group, which a
	// catalogue refuses, but a cluster may have.
	dotted := func(topic, group string) deadletter.Letter {
		f := failure(1)
		f.Topic, f.Group, f.At.Topic = topic, group, topic
		return deadletter.Read(event.Record{Topic: "a.b.c.dlq", Headers: f.Headers(nil, true)})
	}
	for options, want := range map[deadletter.PlanOptions][]string{
		{}:               {"a.b.c.redrive"},
		{ToSource: true}: {"a", "a.b"},
	} {
		plan := deadletter.NewPlan(options)
		plan.Add(dotted("a.b", "c"))
		plan.Add(dotted("a", "b.c"))
		plan.Add(deadletter.Letter{Foreign: "it has no dead-letter headers"})
		if diff := cmp.Diff(want, plan.Targets()); diff != "" {
			t.Errorf("targets of %+v (-want +got):\n%s", options, diff)
		}
	}
	if got := deadletter.NewPlan(deadletter.PlanOptions{}).Targets(); len(got) != 0 {
		t.Errorf("an empty plan has the targets %q", got)
	}
}

func TestPlanComparesOnlyTheRedriveTopicUnlessAgain(t *testing.T) {
	t.Parallel()
	for options, want := range map[deadletter.PlanOptions]bool{
		{}: true, {Force: true}: true, {Again: true}: false, {ToSource: true}: false,
	} {
		if got := deadletter.NewPlan(options).Compares(); got != want {
			t.Errorf("%+v: %t, want %t", options, got, want)
		}
	}
}
