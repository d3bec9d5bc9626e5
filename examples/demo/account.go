package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// account makes the account of the run and prints it. It reports whether it holds.
func (d *demo) account(ctx context.Context) (bool, error) {
	d.out.title("The account, from the handlers' journals on disk and the topics themselves")
	if d.sabotage {
		if err := d.dropLine(); err != nil {
			return false, err
		}
	}
	e, err := d.evidence(ctx)
	if err != nil {
		return false, err
	}
	a := account.Check(e)
	d.showAccount(a)
	if d.broker == nil {
		d.out.say("This run's topics stay on the cluster: *.%s.* and *.%s.*", d.groups["analytics"], d.groups["notifier"])
	}
	return a.Holds(), nil
}

// evidence reads what the run has left, with nothing of the bus.
func (d *demo) evidence(ctx context.Context) (e account.Evidence, err error) {
	e.Acked = d.pub.acked
	if e.Log, err = d.observe.Read(ctx, d.starts); err != nil {
		return e, err
	}
	topics := map[string]bool{}
	for p := range d.starts {
		topics[p.Topic] = true
	}
	if e.Ends, err = d.observe.Ends(ctx, slices.Sorted(maps.Keys(topics))...); err != nil {
		return e, err
	}
	for _, name := range slices.Sorted(maps.Keys(d.groups)) {
		g := account.Group{Name: d.groups[name], Topics: roles[name].topics, Handles: roles[name].handles}
		if g.Journals, err = readJournals(d.dir, g.Name); err != nil {
			return e, err
		}
		if g.DeadLetters, err = d.readDerived(ctx, name, event.DeadLetterTopic); err != nil {
			return e, err
		}
		if g.Redriven, err = d.readDerived(ctx, name, event.RedriveTopic); err != nil {
			return e, err
		}
		if g.Committed, err = d.observe.Committed(ctx, g.Name, maps.Keys(d.starts)); err != nil {
			return e, err
		}
		e.Groups = append(e.Groups, g)
	}
	return e, nil
}

// readDerived reads a group's dead-letter or redrive topics from their beginning:
// they belong to this run alone.
func (d *demo) readDerived(ctx context.Context, role string, name func(topic, group string) string) ([]account.Record, error) {
	var topics []string
	for _, t := range roles[role].topics {
		topics = append(topics, name(t, d.groups[role]))
	}
	starts, err := d.observe.Ends(ctx, topics...)
	if err != nil {
		return nil, err
	}
	for p := range starts {
		starts[p] = 0
	}
	return d.observe.Read(ctx, starts)
}

// showAccount prints the account as a table and a verdict.
func (d *demo) showAccount(a account.Account) {
	rows := [][]string{{"GROUP", "TOPIC", "RECORDS", "", "DIRECT", "REDRIVEN", "DEAD LETTERS", "SKIPPED", "LOST", "DUPLICATES", "ORDER"}}
	for _, r := range a.Rows {
		what := r.Topic
		if r.Foreign {
			what += ", foreign"
		}
		order := "kept"
		if r.OutOfOrder > 0 {
			order = number(r.OutOfOrder) + " broken"
		}
		rows = append(rows, []string{r.Group, what, number(r.Records), "=", number(r.Direct), number(r.Redriven), number(r.DeadLetters), number(r.Skipped), number(r.Lost), number(r.Duplicates), order})
	}
	d.out.table(rows)
	d.out.say("duplicates were handled twice: the killed member had not committed them")
	const enough = 10 // to look into
	for _, f := range a.Findings[:min(enough, len(a.Findings))] {
		d.out.say("%s %s", d.out.red("!"), f)
	}
	if more := len(a.Findings) - enough; more > 0 {
		d.out.say("%s and %s more", d.out.red("!"), number(more))
	}
	fmt.Fprintln(d.out.out)
	if a.Holds() {
		d.out.say("%s every record was handled, is a dead letter, or was skipped. None is lost.", d.out.green("The account holds:"))
		return
	}
	d.out.say("%s records are lost, out of order or unexplained.", d.out.red("The account does not hold:"))
}
