//go:build unix

package contexts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/contexts"
)

// A file that somebody else wrote, or can put another in the place of, was read: it
// chooses where passwords go, and what runs.
func TestAFileOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	const text = "contexts: {dev: {brokers: [localhost:1]}}"
	make := func(dirMode, fileMode os.FileMode, owner int) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "eventctl")
		file := filepath.Join(dir, "config.yaml")
		for _, err := range []error{os.Mkdir(dir, 0o700), os.WriteFile(file, []byte(text), 0o600), os.Chmod(file, fileMode), os.Chmod(dir, dirMode)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if owner != 0 {
			if err := os.Chown(file, owner, -1); err != nil {
				t.Skip("only root can give files away")
			}
		}
		return file
	}
	linked := func(target string) string {
		link := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		return link
	}
	for name, row := range map[string]struct{ file, want string }{
		"of one's own":                   {make(0o755, 0o644, 0), ""},
		"a link to it":                   {linked(make(0o755, 0o644, 0)), ""},
		"others may write it":            {make(0o755, 0o646, 0), "others may change it"},
		"others may write its directory": {make(0o777, 0o600, 0), "others may put another file there"},
		"the same, with the sticky bit":  {make(0o777|os.ModeSticky, 0o600, 0), "others may put another file there"},
		"a link to such a one":           {linked(make(0o777, 0o600, 0)), "others may put another file there"},
		"not a file":                     {t.TempDir(), "not a regular file"},
		"a device":                       {linked("/dev/zero"), "not a regular file"},
	} {
		_, err := contexts.Load(func(string) string { return row.file })
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	if os.Geteuid() == 0 { // another one's, which root alone can make
		if _, err := contexts.Load(func(string) string { return make(0o755, 0o600, 65534) }); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("of another owner: %v", err)
		}
	}
}
