package authoring_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

// contracts writes a repository without a Go module.
func contracts(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string) *authoring.Workspace {
	t.Helper()
	w, err := authoring.Open(t.Context(), catalog.Options{Dir: dir, Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

const buf = "version: v2\nmodules:\n  - path: proto\n"

// event is the file of an event with an id.
func event(pkg, message, topic, owner, imported string) string {
	if imported != "" {
		imported = "import \"" + imported + "\";\n"
	}
	return `syntax = "proto3";

package ` + pkg + `;

import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
` + imported + `
// ` + message + ` is published.
message ` + message + ` {
  option (eventcontracts.v1.event) = {
    topic: "` + topic + `"
    key: "id"
    owner: "` + owner + `"
  };
  string id = 1 [(buf.validate.field).string.uuid = true];
}
`
}

func topics(pkg string, names ...string) string {
	text := "syntax = \"proto3\";\n\npackage " + pkg + ";\n\nimport \"eventcontracts/v1/options.proto\";\n\n"
	for _, n := range names {
		text += "option (eventcontracts.v1.topic) = {\n  name: \"" + n + "\"\n  partitions: 3\n  replicas: 3\n  retention: \"7d\"\n};\n"
	}
	return text
}

// ours is a file of this repository.
func ours(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
