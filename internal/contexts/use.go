package contexts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// currentLine finds what Use replaces.
var currentLine = regexp.MustCompile(`(?m)^current:.*$`)

// Use writes the file with another current context, and everything else as it
// was, comments included.
func (f *File) Use(name string) error {
	value, err := yaml.Marshal(map[string]string{"current": name})
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	line := bytes.TrimRight(value, "\n")
	text := slices.Concat(line, []byte("\n"), f.text)
	if at := currentLine.FindIndex(f.text); at != nil {
		text = slices.Concat(f.text[:at[0]], line, f.text[at[1]:])
	}
	// The line may be within a text of several lines, or the file one flow mapping.
	var check File
	if err := yaml.Unmarshal(text, &check); err != nil || check.Current != name {
		return fmt.Errorf("%s is written in a way that cannot be changed here: set current: %s in it yourself", f.path, name)
	}
	// A link to the file, as dotfiles have it, stays one.
	path, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	// Renamed into place, so that no other command sees half of it.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is gone after the rename
	_, err = tmp.Write(text)
	for _, step := range []func() error{
		func() error { return tmp.Chmod(info.Mode().Perm()) },
		tmp.Close,
		func() error { return os.Rename(tmp.Name(), path) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	return nil
}
