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
	for _, f := range r.Findings {
		at := f.New
		if at.File == "" {
			at = f.Old
		}
		if at.File != "" {
			b.WriteString(at.File + ":")
			if at.Line > 0 {
				fmt.Fprintf(&b, "%d:", at.Line)
			}
			b.WriteByte(' ')
		}
		if f.Event != "" {
			b.WriteString(strings.TrimSpace(f.Event+" "+f.Version) + ": ")
		}
		fmt.Fprintf(&b, "%s (%s)\n", f.Rule, f.Promise)
		line := func(word, text string) {
			if text != "" {
				fmt.Fprintf(&b, "  %-8s %s\n", word, text)
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
	gateWaived(&b, r)
	gateImpact(&b, r)
	var names []string
	for _, x := range r.Baselines {
		names = append(names, x.Name)
	}
	switch since := strings.Join(names, ", "); {
	case len(r.Findings) > 0 && since != "":
		fmt.Fprintf(&b, "%s since %s\n", terminal.Count(len(r.Findings), "finding"), since)
	case len(r.Findings) > 0:
		fmt.Fprintf(&b, "%s\n", terminal.Count(len(r.Findings), "finding"))
	case since != "":
		fmt.Fprintf(&b, "no breaking change since %s\n", since)
	}
	if r.Skipped != "" && len(r.Baselines) == 0 {
		fmt.Fprintf(&b, "%s: nothing to compare with\n", r.Skipped)
	} else if r.Skipped != "" {
		fmt.Fprintf(&b, "%s: compared with releases alone\n", r.Skipped)
	}
	_, err := fmt.Fprint(a.stdout, terminal.PrintableLines(b.String()))
	return err
}

// gateWaived prints what is accepted, on every run: nobody forgets it.
func gateWaived(b *strings.Builder, r *gate.Report) {
	for _, w := range r.Waived {
		fmt.Fprintf(b, "waived until %s by %s: %s on %s: %s\n", w.Expires, w.Owner, w.Rule, w.Subject, w.Reason)
		for _, f := range w.Findings {
			fmt.Fprintf(b, "  %-8s %s\n", "breaks", f.Breaks)
		}
	}
}

// gateImpact prints who has to do with it, event by event and group by group.
func gateImpact(b *strings.Builder, r *gate.Report) {
	if len(r.Impact.Groups) == 0 {
		return
	}
	b.WriteString("impact\n")
	for _, e := range r.Impact.Events {
		hit := strings.Join(e.Groups, ", ")
		if hit == "" {
			hit = "no group of services.yaml"
		}
		fmt.Fprintf(b, "  %s: %s: %s\n", e.Event, strings.Join(e.Rules, ", "), hit)
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
		fmt.Fprintf(b, "  group %s of %s (%s%s): %s\n", g.Group, g.Service, g.Owner, deploys, strings.Join(g.Events, ", "))
	}
}
