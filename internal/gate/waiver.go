package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
)

// WaiversFile is where a repository says which findings it accepts, beside buf.yaml.
const WaiversFile = "compatibility.waivers.yaml"

// The rules of waivers themselves.
const (
	WaiverExpired    = "WAIVER_EXPIRED"
	WaiverIncomplete = "WAIVER_INCOMPLETE"
	WaiverUnused     = "WAIVER_UNUSED"
	WaiverUnknown    = "WAIVER_UNKNOWN_RULE"
)

// gone is the change of a finding whose subject is not declared any more.
const gone = "gone"

// Waiver silences one rule on one subject until a day, as long as the contracts say of the
// subject what they said when it was written.
type Waiver struct {
	Rule    string `yaml:"rule" json:"rule"`
	Subject string `yaml:"subject" json:"subject"`
	Change  string `yaml:"change" json:"change"`
	Reason  string `yaml:"reason" json:"reason"`
	Owner   string `yaml:"owner" json:"owner"`
	Expires string `yaml:"expires" json:"expires"` // the last day on which it holds
	Line    int    `yaml:"-" json:"line"`
}

// inForce reports whether a waiver has not expired.
func (w Waiver) inForce(now time.Time) bool {
	expires, err := time.Parse(time.DateOnly, w.Expires)
	return err == nil && now.Before(expires.AddDate(0, 0, 1))
}

// Waived is a waiver with how many findings it silences.
type Waived struct {
	Waiver
	Findings []Finding `json:"findings"`
}

// waivers reads the file; there need not be one.
func waivers(repo *contractrepo.Repo) ([]Waiver, error) {
	text, err := repo.ReadFile(WaiversFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unknownf("%v", err)
	}
	var nodes []yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil && !errors.Is(err, io.EOF) {
		return nil, unknownf("%s: %v: it is a list of rule, subject, change, reason, owner and expires", WaiversFile, err)
	}
	var out []Waiver
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		return nil, unknownf("%s: %v: it is a list of rule, subject, change, reason, owner and expires", WaiversFile, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, unknownf("%s holds more than one YAML document: make them one list", WaiversFile)
	}
	for i := range out {
		out[i].Line = nodes[i].Line
	}
	return out, nil
}

// waive splits findings into those that stay and those that are silenced, and adds what is
// wrong with the waivers.
func (j *judgement) waive(ctx context.Context, all []Waiver) error {
	var stay []Finding
	used := make([]Waived, len(all))
	for i, w := range all {
		used[i].Waiver = w
	}
	others := make([]string, len(all)) // the change that a waiver of another one is found beside
	for _, f := range j.report.Findings {
		for i, w := range all {
			if w.Rule == f.Rule && w.Subject == f.Subject && w.Change != f.Change {
				others[i] = f.Change
			}
		}
		i := slices.IndexFunc(all, func(w Waiver) bool { return w.Rule == f.Rule && w.Subject == f.Subject && w.Change == f.Change })
		if f.Promise == compat.Itself || i < 0 {
			stay = append(stay, f)
			continue
		}
		used[i].Findings = append(used[i].Findings, f)
	}
	var known map[string]bool
	for i, w := range all {
		bad := func(rule, problem, fix string) {
			stay = append(stay, Finding{Finding: compat.Finding{
				Rule: rule, Promise: compat.Governance, Subject: w.Subject, New: compat.Position{File: j.now.compiled.Beside(WaiversFile), Line: w.Line}, Breaks: problem, Fix: fix,
			}})
		}
		expires, err := time.Parse(time.DateOnly, w.Expires)
		missing := missingOf(w)
		switch {
		case missing != "":
			bad(WaiverIncomplete, fmt.Sprintf("the waiver of %s on %s has no %s", w.Rule, w.Subject, missing), "say rule, subject, change, reason, owner and expires, the first three as the gate prints them")
		case err != nil:
			bad(WaiverIncomplete, fmt.Sprintf("the waiver of %s on %s expires %q, which is not a date", w.Rule, w.Subject, w.Expires), "write it as 2026-12-31")
		case slices.IndexFunc(all, func(o Waiver) bool { return o.Rule == w.Rule && o.Subject == w.Subject && o.Change == w.Change }) < i:
			bad(WaiverUnused, fmt.Sprintf("%s on %s is waived twice", w.Rule, w.Subject), "delete one of the two")
		case len(used[i].Findings) > 0 && j.opts.Now.Before(expires.AddDate(0, 0, 1)):
			j.report.Waived = append(j.report.Waived, used[i])
			used[i].Findings = nil
		case len(used[i].Findings) > 0:
			bad(WaiverExpired, fmt.Sprintf("the waiver of %s on %s expired on %s, and what it accepted still breaks: %s (%s)", w.Rule, w.Subject, w.Expires, w.Reason, w.Owner), "undo the change, or decide again until when it is accepted")
		default:
			if known == nil {
				if known, err = knownRules(ctx, j.now.compiled.Root); err != nil {
					return err
				}
			}
			switch {
			case !known[w.Rule]:
				bad(WaiverUnknown, fmt.Sprintf("%q is not a rule that finds what a change breaks", w.Rule), meant(w.Rule, known))
			case !j.opts.Now.Before(expires.AddDate(0, 0, 1)):
				bad(WaiverExpired, fmt.Sprintf("the waiver of %s on %s expired on %s", w.Rule, w.Subject, w.Expires), "delete it")
			case others[i] != "":
				bad(WaiverUnused, fmt.Sprintf("the waiver of %s on %s is of the change %s, and what is found is of the change %s", w.Rule, w.Subject, w.Change, others[i]), "decide anew whether it is accepted, and correct change and reason; or delete it")
			case len(j.all) > 0: // else nothing was compared
				bad(WaiverUnused, fmt.Sprintf("the waiver of %s on %s matches nothing in any baseline", w.Rule, w.Subject), "delete it, or correct its subject")
			}
		}
		stay = append(stay, used[i].Findings...) // those of a waiver that is not in force
	}
	j.report.Findings = stay
	return nil
}

// meant is what to do about a rule that there is not.
func meant(rule string, known map[string]bool) string {
	if near := suggest.Near(rule, slices.Sorted(maps.Keys(known))); len(near) > 0 {
		return fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	}
	return "take the rule's id from what the gate printed; what is wrong with a contract in itself cannot be waived"
}

func missingOf(w Waiver) string {
	for _, field := range []struct{ name, text string }{{"rule", w.Rule}, {"subject", w.Subject}, {"change", w.Change}, {"reason", w.Reason}, {"owner", w.Owner}, {"expires", w.Expires}} {
		if strings.TrimSpace(field.text) == "" {
			return field.name
		}
	}
	return ""
}

// knownRules are the rules that can be waived: ours, and those that buf has.
func knownRules(ctx context.Context, root string) (map[string]bool, error) {
	out := map[string]bool{ReleaseChanged: true, WindowShortened: true}
	for _, r := range compat.Rules() {
		if !r.IsLint() {
			out[r.ID] = true
		}
	}
	buf, err := Buf(ctx, root)
	if err != nil {
		return nil, unknownf("%v; without it nobody knows which rules a waiver can name", err)
	}
	cmd := exec.CommandContext(ctx, buf, "config", "ls-breaking-rules", "--version", "v2", "--format", "json")
	cmd.Dir = root
	text, err := cmd.Output()
	if err != nil {
		return nil, unknownf("buf does not list its rules: %v", err)
	}
	for line := range bytes.Lines(text) {
		var r struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, unknownf("buf lists its rules in a way that the gate cannot read: %s", cut(string(line)))
		}
		out[r.ID] = true
	}
	return out, nil
}
