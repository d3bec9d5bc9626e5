package eventbus

import (
	"fmt"
	"runtime"
	"strings"
)

// maxFrames bounds a stack in a log.
const maxFrames = 64

// stack is the stack of its caller, innermost function first. Unlike that of
// runtime/debug it has no arguments: numbers are written there as they are, and an
// argument of a handler may be a personal value.
func stack() string {
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return b.String()
		}
	}
}
