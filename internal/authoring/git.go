package authoring

import (
	"context"
	"os/exec"
	"strings"
)

func (c *Change) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = c.After.Root
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
