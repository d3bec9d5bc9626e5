package authoring

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
)

// fixtures are those of the events that a change is about, by their path below the root;
// nil for one that is not made any more.
func (c *Change) fixtures() (map[string][]byte, error) {
	before, out := c.build.workspace.Catalog, map[string][]byte{}
	name := c.Contract.Descriptor.FullName()
	for _, k := range c.After.Contracts() {
		if k != c.Contract && !descriptor.ReachesType(k.Descriptor, name) {
			continue // an event that holds the one that changes changes too
		}
		now, err := fixture.Of(c.After.Registry, k)
		if err != nil {
			return nil, fmt.Errorf("fixtures of %s: %w", k.Type, err)
		}
		was, err := oldFixtures(before, k.Descriptor.FullName())
		if err != nil {
			return nil, err
		}
		for _, f := range now.Files {
			content, err := c.build.read(f.Path)
			switch edited := was[f.Path]; {
			case errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(content, edited):
			case err != nil:
				return nil, err
			case !bytes.Equal(content, f.Content):
				c.Notes = append(c.Notes, f.Path+" was not as it had been made: it is made anew")
			}
			out[f.Path] = f.Content
			delete(was, f.Path)
		}
		for path := range was {
			if _, err := c.build.read(path); err == nil {
				out[path] = nil
			}
		}
		if k == c.Contract {
			for _, m := range now.Missing {
				c.Notes = append(c.Notes, "no fixture shows "+m.String())
			}
		}
	}
	return out, nil
}

// oldFixtures are those that an event had, if there was one.
func oldFixtures(before *catalog.Catalog, name protoreflect.FullName) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, k := range before.Contracts() {
		if k.Descriptor.FullName() != name {
			continue
		}
		set, err := fixture.Of(before.Registry, k)
		if err != nil {
			return nil, fmt.Errorf("fixtures of %s: %w", k.Type, err)
		}
		for _, f := range set.Files {
			out[f.Path] = f.Content
		}
	}
	return out, nil
}
