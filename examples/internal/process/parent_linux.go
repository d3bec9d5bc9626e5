package process

import (
	"os/exec"
	"syscall"
)

// dieWithParent lets the system end a service whose runner was killed.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
