package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// bufModule is the tool's line in a go.mod that has it.
const bufModule = "github.com/bufbuild/buf/cmd/buf"

// ErrNoBuf says that there is no buf, and what to do.
var ErrNoBuf = errors.New("there is no buf: have it in bin/buf or installed, or as a tool of go.mod")

// notBuilt is ErrNoBuf of a repository whose Makefile builds it.
type notBuilt struct{}

func (notBuilt) Error() string        { return "bin/buf is not built yet: make breaking builds it" }
func (notBuilt) Is(target error) bool { return target == ErrNoBuf }

// Buf is how buf is run in a repository: its bin/buf, the tool of its go.mod, or one
// that is installed.
func Buf(ctx context.Context, root string) (string, error) {
	if bin := filepath.Join(root, "bin", "buf"); executable(bin) {
		return bin, nil
	}
	if text, err := os.ReadFile(filepath.Join(root, "go.mod")); err == nil && bytes.Contains(text, []byte(bufModule)) {
		cmd := exec.CommandContext(ctx, "go", "tool", "-n", "buf")
		cmd.Dir = root
		if out, err := cmd.Output(); err == nil {
			return strings.TrimSpace(string(out)), nil
		}
	}
	if bin, err := exec.LookPath("buf"); err == nil {
		return bin, nil
	}
	if text, err := os.ReadFile(filepath.Join(root, "tools", "go.mod")); err == nil && bytes.Contains(text, []byte(bufModule)) {
		return "", notBuilt{}
	}
	return "", ErrNoBuf
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// bufFinding is one that buf reports as JSON, a line each.
type bufFinding struct {
	Path    string `json:"path"`
	Line    int    `json:"start_line"`
	Rule    string `json:"type"`
	Message string `json:"message"`
}

// bufBreaking runs buf's own rules of one module: names, numbers and types. What buf
// says by our plugin is left out, since it is found out here with more knowledge.
func bufBreaking(ctx context.Context, root, module, before string) ([]compat.Finding, error) {
	buf, err := Buf(ctx, root)
	if err != nil {
		return nil, unknownf("%v; without it nobody compares names, numbers and types of fields (https://buf.build/docs/cli)", err)
	}
	cmd := exec.CommandContext(ctx, buf, "breaking", module, "--exclude-imports", "--against", before, "--error-format", "json")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return nil, nil
	}
	ours := map[string]bool{}
	for _, r := range compat.Rules() {
		ours[r.ID] = true
	}
	var all []compat.Finding
	seen := false
	for line := range bytes.Lines(out) {
		var f bufFinding
		if err := json.Unmarshal(line, &f); err != nil {
			return nil, unknownf("buf breaking says what the gate cannot read: %s", strings.TrimSpace(string(line)))
		}
		seen = true
		if !ours[f.Rule] {
			all = append(all, compat.Finding{
				Rule: f.Rule, Promise: compat.Both, Subject: f.Path, New: compat.Position{File: f.Path, Line: f.Line},
				Breaks: strings.TrimSuffix(f.Message, "."), Fix: "keep it as it was, or make the change in the next major's package",
			})
		}
	}
	if !seen {
		return nil, unknownf("buf breaking does not run: %s", cut(stderr.String()))
	}
	return all, nil
}

// cut is the text of another program's error on one line.
func cut(s string) string { return fmt.Sprintf("%.400s", strings.Join(strings.Fields(s), " ")) }
