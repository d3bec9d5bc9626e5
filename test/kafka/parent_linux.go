package kafkatest

import "syscall"

// diesWithParent kills a child when the process that started it ends, however
// it does.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
