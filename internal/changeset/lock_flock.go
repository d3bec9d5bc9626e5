//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package changeset

import (
	"os"
	"syscall"
)

// lock says whether this process alone has the file. The kernel unlocks it when the
// process ends in any way, so a lock that is held means a run that is at work.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
