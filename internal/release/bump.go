package release

import (
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/protoedit"
)

// Bump raises the revisions that are due, and keeps every other byte: the new content of
// .proto files, by their paths below the root.
func Bump(e *catalog.Examined, events []Event) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, ev := range events {
		if ev.Due == nil {
			continue
		}
		name, ok := e.Repo.Lies(ev.At.File)
		if !ok {
			return nil, fmt.Errorf("raise the revision of %s: its file %s is not among the contracts", ev.Type, ev.At.File)
		}
		text, ok := out[name]
		if !ok {
			var err error
			if text, err = e.Repo.ReadFile(name); err != nil {
				return nil, fmt.Errorf("raise the revision of %s: %w", ev.Type, err)
			}
		}
		f, err := protoedit.Parse(name, text)
		if err != nil {
			return nil, err
		}
		d, err := e.Files.FindDescriptorByName(ev.Message)
		if err != nil {
			return nil, err
		}
		message := strings.TrimPrefix(string(ev.Message), string(d.ParentFile().Package())+".")
		if err := f.SetEventOption(message, "revision", fmt.Sprint(*ev.Due)); err != nil {
			return nil, err
		}
		out[name] = f.Bytes()
	}
	return out, nil
}
