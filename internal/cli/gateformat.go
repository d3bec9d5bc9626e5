package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// gateTitle is a finding's subject line.
func gateTitle(f gate.Finding) string {
	if f.Event == "" {
		return f.Rule
	}
	return strings.TrimSpace(f.Event+" "+f.Version) + ": " + f.Rule
}

// gateBody is what a finding says, in a few lines.
func gateBody(f gate.Finding) string {
	lines := []string{fmt.Sprintf("%s (%s)", f.Breaks, f.Promise)}
	if f.Record != "" {
		lines = append(lines, "record: "+f.Record, "read as: "+f.Refused)
	}
	if len(f.Groups) > 0 {
		lines = append(lines, "hits: "+strings.Join(f.Groups, ", "))
	}
	if len(f.Baselines) > 0 {
		lines = append(lines, "since: "+strings.Join(f.Baselines, ", "))
	}
	return strings.Join(append(lines, "to do: "+f.Fix), "\n")
}

// gatePlace is where a CI system shows a finding: paths are from the root of the git
// repository there. What is gone has no place in the new state.
func gatePlace(r *gate.Report, f gate.Finding) (file string, line int) {
	if f.New.File == "" {
		return "buf.yaml", 1
	}
	return gatePath(r, f.New.File), max(f.New.Line, 1)
}

func gatePath(r *gate.Report, file string) string {
	return path.Join(r.Prefix, filepath.ToSlash(file))
}

// gateGitHub prints workflow commands, which GitHub shows beside the lines of a change:
// docs.github.com, "Workflow commands for GitHub Actions".
func (a *app) gateGitHub(r *gate.Report) error {
	var b strings.Builder
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range r.Findings {
		file, line := gatePlace(r, f)
		fmt.Fprintf(&b, "::error file=%s,line=%d,title=%s::%s\n", value.Replace(file), line, value.Replace(gateTitle(f)), text.Replace(gateBody(f)))
	}
	if r.Skipped != "" {
		fmt.Fprintf(&b, "::warning title=%s::%s\n", value.Replace("no earlier commit"), text.Replace(r.Skipped))
	}
	for _, w := range r.Waived {
		fmt.Fprintf(&b, "::notice title=%s::%s\n", value.Replace("waived: "+w.Rule), text.Replace(fmt.Sprintf("%s until %s by %s: %s", w.Subject, w.Expires, w.Owner, w.Reason)))
	}
	_, err := fmt.Fprint(a.stdout, terminal.PrintableLines(b.String()))
	return err
}

// gateGitLab prints a Code Quality report: docs.gitlab.com, "Code Quality report format".
func (a *app) gateGitLab(r *gate.Report) error {
	a.warnSkipped(r)
	type lines struct {
		Begin int `json:"begin"`
	}
	type location struct {
		Path  string `json:"path"`
		Lines lines  `json:"lines"`
	}
	type issue struct {
		Description string   `json:"description"`
		Check       string   `json:"check_name"`
		Fingerprint string   `json:"fingerprint"`
		Severity    string   `json:"severity"`
		Location    location `json:"location"`
	}
	out := []issue{}
	for _, f := range r.Findings {
		file, line := gatePlace(r, f)
		out = append(out, issue{gateTitle(f) + ": " + gateBody(f), f.Rule, gateFingerprint(f), "blocker", location{file, lines{line}}})
	}
	return terminal.JSON(a.stdout, out)
}

// warnSkipped says beside a report that has no place for it that no commit was compared
// with.
func (a *app) warnSkipped(r *gate.Report) {
	if r.Skipped != "" {
		fmt.Fprintf(a.stderr, "eventctl: %s: no commit was compared with\n", r.Skipped)
	}
}

// gateFingerprint is the same for a finding whose line alone has moved.
func gateFingerprint(f gate.Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, string(f.Promise), f.Subject, f.Breaks}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// The parts of SARIF 2.1.0 (OASIS) that code scanning reads.
type (
	sarif struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		URI   string      `json:"informationUri"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []sarifSuppressed `json:"suppressions,omitempty"`
	}
	sarifSuppressed struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
)

// gateSARIF prints SARIF, waived findings as suppressed ones.
func (a *app) gateSARIF(r *gate.Report) error {
	a.warnSkipped(r)
	purposes := map[string]string{}
	for _, rule := range compat.Rules() {
		purposes[rule.ID] = rule.Purpose
	}
	driver := sarifDriver{Name: "eventctl gate", URI: "https://github.com/eventcontracts/eventcontracts", Rules: []sarifRule{}}
	run := sarifRun{Results: []sarifResult{}}
	seen := map[string]bool{}
	add := func(f gate.Finding, suppressed []sarifSuppressed) {
		if !seen[f.Rule] {
			seen[f.Rule] = true
			purpose := purposes[f.Rule]
			if purpose == "" {
				purpose = f.Rule // one of buf's own
			}
			driver.Rules = append(driver.Rules, sarifRule{f.Rule, sarifText{purpose}})
		}
		file, line := gatePlace(r, f)
		run.Results = append(run.Results, sarifResult{
			Rule: f.Rule, Level: "error", Message: sarifText{gateTitle(f) + ": " + gateBody(f)},
			Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{file}, sarifRegion{line}}}},
			Fingerprints: map[string]string{"contract/v1": gateFingerprint(f)}, Suppressions: suppressed,
		})
	}
	for _, f := range r.Findings {
		add(f, nil)
	}
	for _, w := range r.Waived {
		for _, f := range w.Findings {
			add(f, []sarifSuppressed{{"external", fmt.Sprintf("until %s by %s: %s", w.Expires, w.Owner, w.Reason)}})
		}
	}
	run.Tool.Driver = driver
	return terminal.JSON(a.stdout, sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}
