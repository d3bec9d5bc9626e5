//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package changeset

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockPatience is how long a lock that is held is tried again. A process that this
// one starts has all its files until it runs its own program, moments later: so does
// it a lock that was just given up here.
const lockPatience = time.Second

// lock says whether this process alone has the file. The kernel unlocks it when the
// process ends in any way, so a lock that stays held means a run that is at work.
func lock(f *os.File) error {
	for deadline := time.Now().Add(lockPatience); ; time.Sleep(lockPatience / 200) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) {
			return err
		}
	}
}
