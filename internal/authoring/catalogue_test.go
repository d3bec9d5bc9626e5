package authoring_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	eventpkg "github.com/eventcontracts/eventcontracts/pkg/event"
)

// Every event of this repository is made anew of its line, in a repository that has
// none, and is what it was.
func TestTheCatalogueIsMadeOfLines(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: filepath.Join("..", "..")})
	if err != nil {
		t.Fatal(err)
	}
	dir := contracts(t, map[string]string{"buf.yaml": buf, "proto/.keep": ""})
	var want []string
	for _, k := range cat.Contracts() {
		line := lineOf(k)
		want = append(want, line)
		_, spec, _ := strings.Cut(line, ": ")
		w := open(t, dir)
		var c *authoring.Change
		if k.Major > 1 {
			c, err = w.NewVersion(t.Context(), authoring.NewVersion{Type: k.Type, Spec: spec})
		} else {
			parts := strings.Split(string(k.Descriptor.ParentFile().Package()), ".")
			c, err = w.New(t.Context(), authoring.NewEvent{Type: k.Type, Spec: spec, Domain: parts[1], Topic: k.Topic.Name, Key: k.KeyPath, Owner: k.Owner, Major: k.Major, Publisher: "service-of-" + parts[1]})
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := c.Apply(t.Context()); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	made, err := catalog.Load(t.Context(), catalog.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range made.Contracts() {
		got = append(got, lineOf(k))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-here +made of lines):\n%s", diff)
	}
	if len(got) < 26 {
		t.Errorf("there are only %d events", len(got))
	}
}

// lineOf is what a contract says, on one line.
func lineOf(k *eventpkg.Contract) string {
	s, _ := contractproto.Read(k.Descriptor, spec.Options{Reserved: eventpkg.ReservedFields()})
	return strings.Join([]string{string(k.Descriptor.FullName()), k.Topic.Name, k.KeyPath, k.Owner, k.Options.GetFromPrevious().String()}, " ") + ": " + s.String()
}
