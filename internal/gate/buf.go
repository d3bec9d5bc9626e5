package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
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
	Column  int    `json:"start_column"`
	Rule    string `json:"type"`
	Message string `json:"message"`
}

// bufFindings are what buf's own rules find of one baseline, as buf.yaml asks for them:
// names that services compile against. What readers and records need is found by
// internal/compat, whatever a buf.yaml says.
func (j *judgement) bufFindings(ctx context.Context, b *Baseline, covers func(string, compat.Promise) bool) ([]Finding, error) {
	text, err := j.now.compiled.Repo.ReadFile("buf.yaml")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unknownf("%v", err)
	}
	config := ownRules(text)
	buf, err := Buf(ctx, j.now.compiled.Root)
	if err != nil {
		return nil, unknownf("%v; without it nobody compares the names that services compile against (https://buf.build/docs/cli)", err)
	}
	sameRules := false // a release does not say which rules buf had
	if b.tree.Dir != "" {
		was, err := os.ReadFile(b.tree.Path("buf.yaml"))
		sameRules = err == nil && bytes.Equal(was, text)
	}
	var out []Finding
	image := ""
	if b.tree.Dir == "" { // a release
		if image, err = imageFile(b.state.compiled.Set, j.now.compiled.Set); err != nil {
			return nil, err
		}
		defer func() { _ = os.Remove(image) }()
	}
	for _, m := range j.now.compiled.Repo.Modules {
		if len(m.Files) == 0 || j.unseen(b, m) {
			continue
		}
		before := image
		if before == "" {
			was, ok := earlier(m, b.state.compiled.Repo.Modules)
			if !ok {
				continue // what is gone or new, compat tells
			}
			if sameRules && slices.Equal(m.Files, was.Files) && j.unchanged(m, b) {
				continue
			}
			before = b.tree.Path(was.Dir)
		}
		found, err := bufBreaking(ctx, buf, j.now.compiled.Root, config, m.Dir, before)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f, ok := j.located(b, m, f, covers); ok && !slices.ContainsFunc(out, func(o Finding) bool { return o.Finding == f.Finding }) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// unchanged reports whether a module has the files that it had, to the letter, so that
// there is nothing for buf to find.
func (j *judgement) unchanged(m contractrepo.Module, b *Baseline) bool {
	file := func(set *descriptorpb.FileDescriptorSet, name string) *descriptorpb.FileDescriptorProto {
		for _, f := range set.File {
			if f.GetName() == name {
				return f
			}
		}
		return nil
	}
	for _, name := range m.Files {
		if !proto.Equal(file(j.now.compiled.Set, name), file(b.state.compiled.Set, name)) {
			return false
		}
	}
	return true
}

// located is a finding of buf's with the place in the old state and with who is hit; false
// if nothing that it is about counts any more.
func (j *judgement) located(b *Baseline, m contractrepo.Module, told bufFinding, covers func(string, compat.Promise) bool) (Finding, bool) {
	f := compat.Finding{
		Rule: told.Rule, Promise: compat.Both, Subject: told.Path, New: compat.Position{File: told.Path, Line: told.Line},
		Breaks: strings.TrimSuffix(told.Message, "."), Fix: "keep it as it was, or make the change in the next major's package",
	}
	imported := strings.TrimPrefix(f.New.File, strings.TrimPrefix(m.Dir+"/", "./"))
	events := eventsOf(j.now, imported)
	if len(events) == 0 {
		events = eventsOf(b.state, imported)
	}
	if len(events) > 0 && !covers(events[0].Topic, compat.Forward) && !slices.ContainsFunc(events, func(e compat.Entry) bool { return covers(e.Topic, compat.Backward) }) {
		return Finding{}, false
	}
	var at []compat.Position
	if d := declared(j.now, imported, told.Line, told.Column); d != nil {
		f.Subject, at = string(d.FullName()), places(j.now, d)
		if was, err := b.state.files.FindDescriptorByName(d.FullName()); err == nil {
			f.Old = compat.Position{File: b.state.path(was.ParentFile().Path()), Line: descriptor.Line(was)}
		}
	}
	out := Finding{Finding: f, Baselines: []string{b.Name}, places: at}
	for _, e := range events {
		for _, g := range j.hit(compat.Finding{Event: e.Type, Subject: string(e.Message.FullName())}) {
			if !slices.Contains(out.Groups, g) {
				out.Groups = append(out.Groups, g)
			}
		}
	}
	slices.Sort(out.Groups)
	if len(events) == 1 {
		out.Event, out.Version = events[0].Type, events[0].Version()
	}
	out.New.File = j.now.compiled.Beside(out.New.File)
	return out, true
}

// imageFile writes an image that buf can read, with all imports. What a release does not
// keep, since the toolkit lends it, is as it is now.
func imageFile(released, now *descriptorpb.FileDescriptorSet) (string, error) {
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range released.File {
		if slices.Contains(contractrepo.Lent, f.GetName()) {
			if i := slices.IndexFunc(now.File, func(o *descriptorpb.FileDescriptorProto) bool { return o.GetName() == f.GetName() }); i >= 0 {
				f = now.File[i]
			}
		}
		set.File = append(set.File, f)
	}
	raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(set)
	if err != nil {
		return "", fmt.Errorf("write an image for buf: %w", err)
	}
	f, err := os.CreateTemp("", "eventctl-baseline-*.binpb")
	if err != nil {
		return "", err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// bufBreaking runs buf's own rules of one module. config is as
// ownRules has it. What buf says by our plugin all the same is left out, since it is found
// out here with more knowledge.
func bufBreaking(ctx context.Context, buf, root, config, module, before string) ([]bufFinding, error) {
	args := []string{"breaking", module, "--exclude-imports", "--against", before, "--error-format", "json"}
	if config != "" {
		args = append(args, "--config", config)
	}
	cmd := exec.CommandContext(ctx, buf, args...)
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
	var all []bufFinding
	seen := false
	for line := range bytes.Lines(out) {
		var f bufFinding
		if err := json.Unmarshal(line, &f); err != nil {
			return nil, unknownf("buf breaking says what the gate cannot read: %s", strings.TrimSpace(string(line)))
		}
		seen = true
		if !ours[f.Rule] {
			all = append(all, f)
		}
	}
	if !seen {
		return nil, unknownf("buf breaking does not run: %s", cut(stderr.String()))
	}
	return all, nil
}

// cut is the text of another program's error on one line.
func cut(s string) string { return fmt.Sprintf("%.400s", strings.Join(strings.Fields(s), " ")) }
