package measure

import (
	"syscall"
	"time"
)

// sleep sleeps to a fraction of a millisecond. Go's timers do not, when nothing else happens:
// its poller waits for whole ones.
func sleep(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal ends it early, and the event is a little early
}
