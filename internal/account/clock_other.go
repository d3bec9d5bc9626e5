//go:build !linux

package account

import "time"

// started is the time of day at the process's start.
var started = time.Now()

// monotonic is in ns. It never goes back within a process; processes can be compared
// as long as nobody has set the host's time of day between their starts.
func monotonic() int64 { return started.UnixNano() + int64(time.Since(started)) }
