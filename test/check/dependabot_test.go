package check_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// Whatever names versions of others is looked at once a month.
func TestDependabotSeesEveryManifest(t *testing.T) {
	t.Parallel()
	var config struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directory   string   `yaml:"directory"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, ".github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, u := range config.Updates {
		for _, dir := range append(u.Directories, u.Directory) {
			if dir != "" {
				got[u.Ecosystem] = append(got[u.Ecosystem], dir)
			}
		}
	}
	manifests := map[string]string{
		"go.mod": "gomod", "Dockerfile": "docker", "compose.yaml": "docker-compose", "pom.xml": "maven", "requirements.txt": "pip",
	}
	want := map[string][]string{"github-actions": {"/"}}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.IsDir() && manifests[d.Name()] != "":
			dir := "/" + filepath.ToSlash(filepath.Dir(path))
			if dir == "/." {
				dir = "/"
			}
			want[manifests[d.Name()]] = append(want[manifests[d.Name()]], dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, byEcosystem := range []map[string][]string{want, got} {
		for _, dirs := range byEcosystem {
			slices.Sort(dirs)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dependabot.yml (-there is +looked at):\n%s", diff)
	}
}
