package catalog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

const (
	partsProto = `syntax = "proto3";

package with.parts.v1;

// Part is a part.
message Part {
  string name = 1;
}
`
	madeProto = `syntax = "proto3";

package with.made.v1;

import "eventcontracts/v1/options.proto";
import "buf/validate/validate.proto";
import "with/parts/v1/parts.proto";

option (eventcontracts.v1.topic) = {
  name: "made"
  partitions: 1
  replicas: 1
  retention: "7d"
};

// PartMade is published when a part is made.
message PartMade {
  option (eventcontracts.v1.event) = {
    topic: "made"
    key: "id"
    owner: "team"
  };
  string id = 1 [(buf.validate.field).string.uuid = true];
  with.parts.v1.Part part = 2;
}
`
)

// What imports a file that changes is compiled again, and nothing is written.
func TestWith(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"buf.yaml": "version: v2\nmodules:\n  - path: proto\n", "proto/with/parts/v1/parts.proto": partsProto, "proto/with/made/v1/part_made.proto": madeProto,
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, err := catalog.Load(t.Context(), catalog.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	after, err := before.With(t.Context(), contractrepo.Planned{
		"proto/with/parts/v1/parts.proto":    []byte(strings.Replace(partsProto, "string name = 1;", "string name = 1;\n  string size = 2;", 1)),
		"proto/with/made/v1/part_lost.proto": []byte(strings.ReplaceAll(strings.ReplaceAll(madeProto[:strings.Index(madeProto, "option (")]+"import \"with/made/v1/part_made.proto\";\n"+madeProto[strings.Index(madeProto, "// PartMade"):], "PartMade", "PartLost"), "made.\n", "lost.\n")),
		"services.yaml":                      []byte("- service: maker\n  owner: team\n  publishes: [PartMade, PartLost]\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := after.Contracts()[1].Descriptor.Fields().ByName("part").Message().Fields().Len(); len(after.Contracts()) != 2 || n != 2 {
		t.Errorf("after the change there are %d events, and a part has %d fields: want 2 of each", len(after.Contracts()), n)
	}
	if len(after.Services) != 1 || len(before.Services) != 0 || len(before.Contracts()) != 1 {
		t.Errorf("services after and before: %d and %d, events before: %d", len(after.Services), len(before.Services), len(before.Contracts()))
	}
	if file, line, comment := after.Location(after.Contracts()[1].Descriptor); line != 17 || comment == "" || !strings.HasSuffix(file, "part_made.proto") {
		t.Errorf("the event that was compiled before is at %s:%d, with the comment %q", file, line, comment)
	}
	// A file that others need goes, and then also one that is wrong.
	_, err = after.With(t.Context(), contractrepo.Planned{"proto/with/parts/v1/parts.proto": nil})
	var problems catalog.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), "imports with/parts/v1/parts.proto, which no module holds") {
		t.Errorf("without an imported file: %v", err)
	}
	_, err = before.With(t.Context(), contractrepo.Planned{"proto/with/parts/v1/parts.proto": []byte(partsProto + "message Part {}\n")})
	if !errors.As(err, &problems) || problems[0].Line != 9 {
		t.Errorf("with a file that does not compile: %v, want a problem on line 9", err)
	}
}

func TestEmptyContracts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "buf.yaml"), []byte("version: v2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Load(t.Context(), catalog.Options{Dir: dir}); err == nil {
		t.Error("a place without contracts was loaded")
	}
	c, err := catalog.Load(t.Context(), catalog.Options{Dir: dir, Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.With(t.Context(), contractrepo.Planned{"a/a.proto": []byte(partsProto)}); err != nil || len(c.Contracts()) != 0 {
		t.Errorf("With: %v", err)
	}
}
