package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// auditRecord is what is kept of a command that takes back or passes over what a group has
// done: a line before anything is changed, and one with the outcome. A commit's metadata
// tells it too, but only until the group's next commit.
type auditRecord struct {
	At      time.Time `json:"at"`
	Command string    `json:"command"`
	State   string    `json:"state"` // "begins", "done" or "failed"
	User    string    `json:"user"`  // of this machine
	Brokers []string  `json:"brokers"`

	Report any `json:"report"`
}

// auditPath is the file that a flag names, or the user's own: a state directory as the XDG
// Base Directory Specification has it.
func (a *app) auditPath(flag string) (string, error) {
	switch {
	case flag != "" && filepath.IsAbs(flag):
		return flag, nil
	case flag != "":
		return filepath.Join(a.dir, flag), nil
	}
	state := a.getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // relative ones are invalid, says the specification
		home := a.getenv("HOME")
		if home == "" {
			return "", usagef("there is no place for the audit record: give --audit FILE, or set XDG_STATE_HOME or HOME")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "eventctl", "audit.ndjson"), nil
}

// audit appends a record to a file, and returns when it is on disk.
func audit(path string, r auditRecord) error {
	r.At = time.Now().UTC()
	r.Brokers = kafkaconn.ShownBrokers(r.Brokers)
	if u, err := user.Current(); err == nil {
		r.User = u.Username
	}
	line, err := json.Marshal(r)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return fmt.Errorf("the audit record could not be written: %w", err)
	}
	// One write of a line: two commands at once do not mix theirs.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the user has named it
	if err == nil {
		_, err = f.Write(append(line, '\n'))
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("the audit record could not be written (--audit FILE names another place): %w", err)
	}
	return nil
}
