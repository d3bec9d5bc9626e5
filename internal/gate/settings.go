package gate

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"time"

	"go.yaml.in/yaml/v3"

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
	var s struct {
		Window string `yaml:"deployment_window"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return 0, unknownf("%s: %v: it has deployment_window, such as 90d", SettingsFile, err)
	}
	if s.Window == "" {
		return defaultWindow, nil
	}
	d, err := descriptor.Retention(s.Window)
	if err != nil || d == descriptor.Unlimited {
		return 0, unknownf("%s: deployment_window %q: give a duration such as 90d", SettingsFile, s.Window)
	}
	return d, nil
}
