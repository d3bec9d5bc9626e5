// Package inputfile reads files that somebody else may have chosen: those of a
// repository that a pull request changes, and those that a setting names. A file is
// read only if it is a regular one, up to a limit, and, by [ReadIn], only if it lies
// below a directory, wherever links lead. A device or a named pipe in its place would
// have no end.
//
// It knows nothing of what is in them.
package inputfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Read reads the file of a path, which may be a link, up to limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	// Without blocking: to open a named pipe would wait for its writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return read(f, path, limit)
}

// ReadIn reads a file by its path below dir, with slashes. A link that leads out of dir
// is an error, and so is a path that does.
func ReadIn(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // nothing was written
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	var path *fs.PathError
	if errors.As(err, &path) && strings.Contains(path.Err.Error(), "escapes") { // os has no error value for it
		return nil, fmt.Errorf("%s: a link leads out of %s: put the file itself there", name, dir)
	}
	if path != nil { // "openat": not everybody's word
		err = &fs.PathError{Op: "open", Path: filepath.Join(dir, filepath.FromSlash(name)), Err: path.Err}
	}
	if err != nil {
		return nil, err
	}
	return read(f, name, limit)
}

func read(f *os.File, name string, limit int64) ([]byte, error) {
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1)) // its size may have changed
	if err == nil && int64(len(text)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return text, err
}
