package servicegen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/servicegen"
)

// Generated services were built from whatever their images' tags had that day.
func TestImagesAreThoseOfThisRepositoryByDigest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	c := servicegen.Consumer{GoVersion: "1.26"}
	for _, want := range []string{"FROM " + c.BuildImage() + " AS build\n", "FROM " + c.RuntimeImage() + "\n"} {
		if !strings.Contains(string(text), want) || !strings.Contains(want, "@sha256:") {
			t.Errorf("examples/Dockerfile does not have %q", want)
		}
	}
	c.GoVersion = "1.99"
	if got := c.BuildImage(); got != "golang:1.99-bookworm" {
		t.Errorf("the image of another Go is %s", got)
	}
}
