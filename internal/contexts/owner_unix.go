//go:build unix

package contexts

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwner refuses a file, or a link, of somebody else. Root may have written it for
// everybody.
func checkOwner(file string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user (uid %d), who may choose where passwords go and what runs: write one of your own", file, stat.Uid)
	}
	return nil
}
