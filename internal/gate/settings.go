package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// SettingsFile says what a repository decides about its gate, beside buf.yaml.
const SettingsFile = "compatibility.yaml"

// defaultWindow is how long services go on running that were built from a state which was
// superseded: a quarter.
const defaultWindow = 90 * 24 * time.Hour

// deploymentWindow is how long that is in a repository.
func deploymentWindow(repo *contractrepo.Repo) (time.Duration, error) {
	text, err := repo.ReadFile(SettingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return defaultWindow, nil
	}
	if err != nil {
		return 0, unknownf("%v", err)
	}
	return parseWindow(SettingsFile, text)
}

func parseWindow(file string, text []byte) (time.Duration, error) {
	var s struct {
		Window string `yaml:"deployment_window"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return 0, unknownf("%s: %v: it has deployment_window, such as 90d", file, err)
	}
	if s.Window == "" {
		return defaultWindow, nil
	}
	d, err := descriptor.Retention(s.Window)
	if err != nil || d == descriptor.Unlimited {
		return 0, unknownf("%s: deployment_window %q: give a duration such as 90d", file, s.Window)
	}
	return d, nil
}

// WindowShortened is the rule of the deployment window itself: a change that makes it
// shorter would be judged against less than what runs.
const WindowShortened = "DEPLOYMENT_WINDOW_SHORTENED"

// windowShortened finds a deployment window that is shorter than that of the commit. This
// run counts with the longer one (see baselines).
func (j *judgement) windowShortened(window time.Duration) {
	if window >= j.counting.window {
		return
	}
	commit := j.commit()
	j.report.Findings = append(j.report.Findings, Finding{Finding: compat.Finding{
		Rule: WindowShortened, Promise: compat.Governance, Subject: SettingsFile, New: compat.Position{File: j.now.compiled.Beside(SettingsFile)},
		Breaks: fmt.Sprintf("deployment_window was %s and is %s: services that run longer than that would not count any more", inDays(j.counting.window), inDays(window)),
		Fix:    "keep it; if no service runs longer, waive this with the reason",
	}, Baselines: []string{commit.Name}})
}

func inDays(d time.Duration) string { return fmt.Sprintf("%g days", d.Hours()/24) }
