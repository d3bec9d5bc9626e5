//go:build unix

package broker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir keeps a second broker out of a data directory, which would corrupt
// it. The lock ends with the process, however that ends.
func lockDir(dir string) (release func(), err error) {
	// Records are in it, and they are nobody else's: also where the directory was made
	// by an earlier version, or by hand.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start broker: its data directory: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start broker: its data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start broker: its data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("start broker on data directory %s: another broker uses it: stop that one or choose another directory", dir)
		}
		return nil, fmt.Errorf("start broker: lock data directory %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}
