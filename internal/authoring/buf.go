package authoring

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// bufLint has buf's lint rules look at the files of the change alone: what is wrong
// with others is not its business.
func (c *Change) bufLint(ctx context.Context) (outcome, error) {
	if err := c.hasBufConfig(); err != nil {
		return outcome{}, err
	}
	buf, err := c.buf(ctx)
	if err != nil {
		return outcome{}, err
	}
	args := []string{"lint", "--error-format", "json"}
	copies := map[string]string{}
	for _, f := range c.protoFiles() {
		if of := c.build.copied[f]; of != "" && !c.exists(f) {
			copies[of], f = f, of // before the change, what is wrong with the copy is wrong there
		}
		if c.exists(f) {
			args = append(args, "--path", f)
		}
	}
	if !slices.Contains(args, "--path") { // all would be looked at
		return outcome{}, nil
	}
	out, err := c.command(ctx, buf, args...)
	if err == nil {
		return outcome{did: "buf lint"}, nil
	}
	found, ok := lintFindings(out, copies)
	if !ok {
		return outcome{}, &failure{why: "buf lint does not run", said: out}
	}
	return outcome{"buf lint", found, "buf lint refuses it"}, nil
}

// lintFindings are what buf says, a line of JSON each; false if it says anything else.
// What is wrong with a file counts for its copy.
func lintFindings(out string, copies map[string]string) ([]finding, bool) {
	var found []finding
	for line := range strings.Lines(out) {
		var f struct {
			Path    string `json:"path"`
			Line    int    `json:"start_line"`
			Column  int    `json:"start_column"`
			Rule    string `json:"type"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Path == "" {
			return nil, false
		}
		message := fmt.Sprintf("%s (%s)", f.Message, f.Rule)
		found = append(found, finding{cmp.Or(copies[f.Path], f.Path) + ": " + message, fmt.Sprintf("%s:%d:%d: %s", f.Path, f.Line, f.Column, message)})
	}
	return found, len(found) > 0
}

func (c *Change) hasBufConfig() error {
	if _, err := c.After.Repo.ReadFile("buf.yaml"); err != nil {
		return &notRun{"there is no buf.yaml"}
	}
	return nil
}

// protoFiles are the .proto files of the change, below the root.
func (c *Change) protoFiles() []string {
	var out []string
	for _, f := range c.Files() {
		if path.Ext(f.Path) == ".proto" {
			out = append(out, f.Path)
		}
	}
	return out
}

// gate judges the contracts with the change in them, as the gate of eventctl does.
func (c *Change) gate(ctx context.Context) (outcome, error) {
	if err := c.hasBufConfig(); err != nil {
		return outcome{}, err
	}
	if _, err := c.buf(ctx); err != nil {
		return outcome{}, err
	}
	report, err := gate.Run(ctx, gate.Options{
		Contracts: c.After.Root, Dir: c.After.Root, Services: c.After.ServicesFile(), Against: os.Getenv("BREAKING_BASE"), Named: "BREAKING_BASE", Now: time.Now(),
	})
	var unknown *gate.Unknown
	switch {
	case errors.As(err, &unknown) && unknown.NoHistory:
		return outcome{}, &notRun{unknown.Error()}
	case err != nil:
		return outcome{}, err
	case len(report.Baselines) == 0:
		return outcome{}, &notRun{report.Skipped + ", so that there is nothing to compare with"}
	}
	var names []string
	for _, b := range report.Baselines {
		names = append(names, b.Name)
	}
	since := strings.Join(names, ", ")
	o := outcome{"no breaking change since " + since, nil, "it would break deployed services or retained records; the baseline is " + since}
	for _, f := range report.Findings {
		if c.follows(f.Finding) { // Next says what to do
			o.did = fmt.Sprintf("%s since %s, until the readers of the new major are deployed", f.Rule, since)
			continue
		}
		o.found = append(o.found, finding{strings.Join([]string{f.Rule, string(f.Promise), f.Subject, f.Breaks}, ": "), gateText(f)})
	}
	return o, nil
}

// gateText is a finding on one line, which begins with its place if it has one.
func gateText(f gate.Finding) string {
	text := fmt.Sprintf("%s: %s: %s", f.Rule, f.Breaks, f.Fix)
	at := f.New
	if at.File == "" {
		at = f.Old
	}
	if at.File == "" {
		return text
	}
	return fmt.Sprintf("%s:%d: %s", filepath.ToSlash(at.File), at.Line, text)
}
