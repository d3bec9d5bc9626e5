//go:build !linux

package kafkatest

import "syscall"

// diesWithParent has no counterpart outside Linux: Close ends the children.
func diesWithParent() *syscall.SysProcAttr { return nil }
