package authoring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
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

// gate judges the contracts with the change in them, as the gate of eventctl does. Of what
// it finds the files of the change count: what is wrong with others was so before.
func (c *Change) gate(ctx context.Context) (string, error) {
	if err := c.hasBufConfig(); err != nil {
		return "", err
	}
	if _, err := c.buf(ctx); err != nil {
		return "", err
	}
	report, err := gate.Run(ctx, gate.Options{
		Contracts: c.After.Root, Dir: c.After.Root, Services: c.After.ServicesFile(), Against: os.Getenv("BREAKING_BASE"), Named: "BREAKING_BASE", Now: time.Now(),
	})
	var unknown *gate.Unknown
	switch {
	case errors.As(err, &unknown) && unknown.NoHistory:
		return "", &notRun{unknown.Error()}
	case err != nil:
		return "", err
	case len(report.Baselines) == 0:
		return "", &notRun{report.Skipped + ": there is nothing to compare with"}
	}
	var names, found []string
	for _, b := range report.Baselines {
		names = append(names, b.Name)
	}
	for _, f := range report.Findings {
		switch file := filepath.ToSlash(f.New.File); {
		case !slices.Contains(c.protoFiles(), file):
		case f.Rule == compat.MajorAdded: // that is what the change is for: groups follow
			c.Notes = append(c.Notes, f.Breaks+": "+f.Fix)
		default:
			found = append(found, fmt.Sprintf("%s:%d: %s: %s: %s", file, f.New.Line, f.Rule, f.Breaks, f.Fix))
		}
	}
	since := strings.Join(names, ", ")
	if len(found) > 0 {
		return "", &failure{"it would break deployed services or retained records; the baseline is " + since, strings.Join(found, "\n")}
	}
	return "no breaking change since " + since, nil
}
