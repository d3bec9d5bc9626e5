package changeset

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// fileSystem is what applying and undoing do to the disk, so that a test can let
// each step fail.
type fileSystem interface {
	Lstat(name string) (fs.FileInfo, error)
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Mkdir(name string, perm fs.FileMode) error
	// Write makes a file that does not exist. A mode of 0 is 0666 without the bits of
	// the process's umask, as for any new file.
	Write(name string, content []byte, mode fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
}

// rootDisk is the disk below one directory; os.Root refuses whatever leads out of it.
type rootDisk struct{ *os.Root }

func (d rootDisk) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS(), name) }

func (d rootDisk) Write(name string, content []byte, mode fs.FileMode) error {
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && mode != 0 {
		err = f.Chmod(mode)
	}
	if err == nil && !strings.HasPrefix(name, journalDir+"/") {
		err = f.Sync() // some file systems say only now that they are full
	}
	return errors.Join(err, f.Close())
}

// beside is where a file's new content is written before it is renamed: in the same
// directory, because a rename works within one file system only.
func beside(name string) string {
	dir, base := path.Split(name)
	return dir + "." + base + ".changeset"
}
