package contexts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/inputfile"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
)

// File is a file of contexts: how to reach each cluster, by name. It holds no
// secret, only where each is.
type File struct {
	Current  string             `yaml:"current"`
	Contexts map[string]Context `yaml:"contexts"`

	path string // empty if the environment names none
	text []byte // nil if it does not exist
}

// EnvFile is the variable that names the file of contexts.
const EnvFile = "EVENTCTL_CONFIG"

// filePath is where the contexts are; "" if the environment does not tell.
func filePath(getenv func(string) string) string {
	if file := getenv(EnvFile); file != "" {
		return file
	}
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "eventctl", "config.yaml")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".config", "eventctl", "config.yaml")
	}
	return ""
}

// Load reads the file of contexts: $EVENTCTL_CONFIG, or eventctl/config.yaml in
// $XDG_CONFIG_HOME or ~/.config. One that does not exist has no contexts, unless
// EVENTCTL_CONFIG names it. A file that others may change is refused.
func Load(getenv func(variable string) string) (*File, error) {
	f := &File{path: filePath(getenv)}
	if f.path == "" {
		return f, nil
	}
	text, err := inputfile.Read(f.path, maxFile)
	if errors.Is(err, os.ErrNotExist) {
		if getenv(EnvFile) != "" {
			return nil, fmt.Errorf("%s: %w", EnvFile, err)
		}
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("contexts: %w", err)
	}
	if err := checkFile(f.path); err != nil {
		return nil, fmt.Errorf("contexts: %w", err)
	}
	f.text = text
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true) // a misspelled key would be a setting that is not made
	if err := dec.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("contexts: %s: %s", f.path, contextProblem(err))
	}
	return f, nil
}

// maxFile bounds a file of contexts.
const maxFile = 1 << 20

// checkFile refuses a file that others may change, or put another in the place of: they
// would choose where passwords go, and what runs. That is so for each link on the way.
func checkFile(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	const why = "others may change it, and so choose where passwords go and what runs: "
	if err := checkMode(real, 0o022, why+"chmod go-w"); err != nil {
		return err
	}
	for _, at := range []string{path, real} {
		if err := checkOwner(at); err != nil {
			return err
		}
		if err := checkMode(filepath.Dir(at), 0o002, "others may put another file there, and so choose where passwords go and what runs: chmod o-w"); err != nil {
			return err
		}
	}
	return nil
}

// Names are the names of the contexts, ordered.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Contexts)) }

// Find finds a context by name. Its error suggests the one that was probably meant.
func (f *File) Find(name string) (Context, error) {
	if c, ok := f.Contexts[name]; ok {
		return c, nil
	}
	switch near := suggest.Near(name, f.Names()); {
	case len(near) > 0:
		return Context{}, fmt.Errorf("no context %q in %s: did you mean %s?", name, f.path, strings.Join(near, " or "))
	case len(f.Contexts) > 0:
		return Context{}, fmt.Errorf("no context %q in %s: contexts are %s", name, f.path, strings.Join(f.Names(), ", "))
	}
	return Context{}, fmt.Errorf("no context %q: %s", name, f.Empty())
}

// Empty says why the file has no contexts, and what to do.
func (f *File) Empty() string {
	switch {
	case f.path == "":
		return "set " + EnvFile + " to a file of contexts"
	case f.text == nil:
		return f.path + " does not exist: eventctl context --help shows how to write it"
	}
	return f.path + " has none: eventctl context --help shows how to write one"
}
