//go:build unix

package inputfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// A link to a device, or a named pipe, in the place of a contract was read without end.
func TestRead(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret"), "secret")
	write(filepath.Join(dir, "file"), "12345678")
	write(filepath.Join(dir, "long"), "123456789")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"zero": "/dev/zero", "inside": "file", "out": filepath.Join(outside, "secret"), "up": "../" + filepath.Base(outside) + "/secret", "topipe": "pipe",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"file": "", "inside": "", "long": "more than 8 bytes", "pipe": "not a regular file", "topipe": "not a regular file", ".": "not a regular file",
		"zero": "a link leads out", "out": "a link leads out", "up": "a link leads out", "../x": "a link leads out",
	} {
		text, err := inputfile.ReadIn(dir, name, 8)
		if want == "" && (err != nil || string(text) != "12345678") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ReadIn %s: %q, %v, want %q", name, text, err, want)
		}
	}
	for name, want := range map[string]string{"file": "", "inside": "", "out": "", "long": "more than", "pipe": "not a regular", "zero": "not a regular"} {
		if _, err := inputfile.Read(filepath.Join(dir, name), 8); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Read %s: %v, want %q", name, err, want)
		}
	}
	if _, err := inputfile.ReadIn(dir, "none", 8); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
