package authoring

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// bufLint has buf's lint rules look at the files of the change alone: what is wrong
// with others is not its business.
func (c *Change) bufLint(ctx context.Context) (string, error) {
	if err := c.hasBufConfig(); err != nil {
		return "", err
	}
	buf, err := c.buf(ctx)
	if err != nil {
		return "", err
	}
	args := []string{"lint"}
	for _, f := range c.protoFiles() {
		args = append(args, "--path", f)
	}
	if out, err := c.command(ctx, buf, args...); err != nil {
		return "", &failure{"buf lint refuses it", out}
	}
	return "buf lint", nil
}

func (c *Change) hasBufConfig() error {
	if _, err := c.After.Repo.ReadFile("buf.yaml"); err != nil {
		return &notRun{"there is no buf.yaml"}
	}
	return nil
}

// protoFiles are the .proto files of the change, below the root.
func (c *Change) protoFiles() []string {
	var out []string
	for _, f := range c.Files() {
		if path.Ext(f.Path) == ".proto" {
			out = append(out, f.Path)
		}
	}
	return out
}

// gate compares the files of the change with the commit that it will be judged by, as
// make breaking does: $BREAKING_BASE, else the merge base with origin/main if HEAD is
// not on it, else the commit before HEAD.
func (c *Change) gate(ctx context.Context) (string, error) {
	if err := c.hasBufConfig(); err != nil {
		return "", err
	}
	buf, err := c.buf(ctx)
	if err != nil {
		return "", err
	}
	base, err := c.baseline(ctx)
	if err != nil {
		return "", err
	}
	before, err := c.checkout(ctx, base.Commit)
	if err != nil {
		return "", err
	}
	defer before.Remove()
	var found []string
	for _, m := range c.After.Repo.Modules {
		if !before.Has(m.Dir) || !c.changes(m.Dir) {
			continue
		}
		args := []string{"breaking", m.Dir, "--exclude-imports", "--against", before.Path(m.Dir), "--error-format", "json"}
		out, err := c.command(ctx, buf, args...)
		if err == nil {
			continue
		}
		findings, ok := parseFindings(out)
		if !ok {
			return "", &failure{"buf breaking does not run", out}
		}
		for _, f := range findings { // those of other files were there before
			if slices.Contains(c.protoFiles(), f.Path) {
				found = append(found, fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Message))
			}
		}
	}
	if len(found) > 0 {
		return "", &failure{fmt.Sprintf("it would break deployed services or retained records; the baseline is %s", base), strings.Join(found, "\n")}
	}
	return fmt.Sprintf("no breaking change since %s", base), nil
}

// finding is one that buf reports as JSON.
type finding struct {
	Path    string `json:"path"` // relative to the root
	Line    int    `json:"start_line"`
	Message string `json:"message"`
}

// parseFindings reads one finding a line; false if there is anything else, such as a
// mistake in buf.yaml.
func parseFindings(out string) ([]finding, bool) {
	var all []finding
	for line := range strings.Lines(out) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			return nil, false
		}
		all = append(all, f)
	}
	return all, len(all) > 0
}

// changes reports whether the change has a .proto file in a module.
func (c *Change) changes(module string) bool {
	return slices.ContainsFunc(c.protoFiles(), func(f string) bool { return module == "." || strings.HasPrefix(f, module+"/") })
}
