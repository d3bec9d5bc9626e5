package account

import (
	"fmt"
	"syscall"
	"unsafe"
)

// clockMonotonic is CLOCK_MONOTONIC of <time.h>: all processes of a host see the
// same one, and no change of the time of day moves it. Package time reads it too,
// but shows only differences within one process.
const clockMonotonic = 1

// monotonic is the time of the host's clock in ns.
func monotonic() int64 {
	var ts syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		panic(fmt.Sprintf("clock_gettime: %v", errno)) // every Linux has this clock
	}
	return ts.Nano()
}
