package contractproto_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// Every golden is executed: its fixtures are accepted or refused by the rule that they
// are named after, those that are accepted are written in every format, and published and
// handled on an embedded broker.
func TestGoldensArePublishedAndHandled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("buf.yaml", []byte("version: v2\nmodules:\n  - path: proto\n"))
	write("proto/"+topicsFile, []byte(topics))
	for name, line := range lines {
		file, text := render(name, parse(t, line))
		write("proto/"+file, []byte(text))
	}
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Contracts()) != len(lines) {
		t.Errorf("%d events of %d goldens", len(cat.Contracts()), len(lines))
	}
	n := 0
	for _, k := range cat.Contracts() {
		set, err := fixture.Of(cat.Registry, k)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range set.Files {
			write(f.Path, f.Content)
			n++
		}
		if len(set.Files) == 0 {
			t.Errorf("%s has no fixture", k.Type)
		}
	}
	if n < 4*len(lines) {
		t.Errorf("%d goldens have only %d fixtures", len(lines), n)
	}
	eventbustest.WalkContracts(t, dir)
}
