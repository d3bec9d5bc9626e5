package cli

import (
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// gateText prints a finding as a paragraph whose first line editors and CI can follow.
func (a *app) gateText(r *gate.Report) error {
	var b strings.Builder
	tell := func(format string, args ...any) {
		b.WriteString(a.fold(fmt.Sprintf(format, args...), 2) + "\n")
	}
	for _, f := range r.Findings {
		at := f.New
		if at.File == "" {
			at = f.Old
		}
		head := ""
		if at.File != "" {
			head = at.File + ":"
			if at.Line > 0 {
				head += fmt.Sprintf("%d:", at.Line)
			}
			head += " "
		}
		if f.Event != "" {
			head += strings.TrimSpace(f.Event+" "+f.Version) + ": "
		}
		tell("%s%s (%s)", head, f.Rule, f.Promise)
		line := func(word, text string) {
			if text != "" {
				b.WriteString(a.fold(fmt.Sprintf("  %-8s %s", word, text), 11) + "\n")
			}
		}
		line("breaks", f.Breaks)
		line("record", f.Record)
		line("read as", f.Refused)
		if f.New.File != "" && f.Old.File != "" && f.Promise != compat.Itself {
			line("was", fmt.Sprintf("%s:%d", f.Old.File, f.Old.Line))
		}
		line("since", strings.Join(f.Baselines, ", "))
		line("hits", strings.Join(f.Groups, ", "))
		line("subject", f.Subject)
		line("change", f.Change)
		line("to do", f.Fix)
	}
	a.gateWaived(&b, r)
	a.gateImpact(&b, r)
	var names []string
	for _, x := range r.Baselines {
		names = append(names, x.Name)
	}
	switch since := strings.Join(names, ", "); {
	case len(r.Findings) > 0 && since != "":
		tell("%s since %s", terminal.Count(len(r.Findings), "finding"), since)
	case len(r.Findings) > 0:
		tell("%s", terminal.Count(len(r.Findings), "finding"))
	case since != "":
		tell("no breaking change since %s", since)
	}
	if r.Skipped != "" && len(r.Baselines) == 0 {
		tell("%s: nothing to compare with", r.Skipped)
	} else if r.Skipped != "" {
		tell("%s: compared with releases alone", r.Skipped)
	}
	_, err := fmt.Fprint(a.stdout, terminal.PrintableLines(b.String()))
	return err
}

// gateWaived prints what is accepted, on every run: nobody forgets it.
func (a *app) gateWaived(b *strings.Builder, r *gate.Report) {
	for _, w := range r.Waived {
		text := fmt.Sprintf("waived until %s by %s: %s on %s: %s", w.Expires, w.Owner, w.Rule, w.Subject, w.Reason)
		b.WriteString(a.fold(text, 2) + "\n")
		for _, f := range w.Findings {
			b.WriteString(a.fold(fmt.Sprintf("  %-8s %s", "breaks", f.Breaks), 11) + "\n")
		}
	}
}

// gateImpact prints who has to do with it, event by event and group by group.
func (a *app) gateImpact(b *strings.Builder, r *gate.Report) {
	if len(r.Impact.Groups) == 0 {
		return
	}
	b.WriteString("impact\n")
	for _, e := range r.Impact.Events {
		hit := strings.Join(e.Groups, ", ")
		if hit == "" {
			hit = "no group of services.yaml"
		}
		text := fmt.Sprintf("  %s: %s: %s", e.Event, strings.Join(e.Rules, ", "), hit)
		b.WriteString(a.fold(text, 4) + "\n")
	}
	for _, g := range r.Impact.Groups {
		var majors []string
		for _, m := range g.Deploys {
			majors = append(majors, fmt.Sprint(m))
		}
		deploys := ""
		if len(majors) > 0 {
			deploys = ", deploys major " + strings.Join(majors, " and ")
		}
		text := fmt.Sprintf("  group %s of %s (%s%s): %s", g.Group, g.Service, g.Owner, deploys, strings.Join(g.Events, ", "))
		b.WriteString(a.fold(text, 4) + "\n")
	}
}
