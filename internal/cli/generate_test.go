//go:build !race

package cli_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shopModule is the shop's contracts in a Go module that the test may change.
func shopModule(t *testing.T) *eventctl {
	t.Helper()
	e := newEventctl(t, "")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(e.dir)); err != nil {
		t.Fatal(err)
	}
	e.dir = dir
	e.file("go.mod", "module example.com/shop\n\ngo 1.26\n")
	return e
}

// file writes a file of the contracts.
func (e *eventctl) file(name, text string) {
	e.t.Helper()
	path := filepath.Join(e.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		e.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		e.t.Fatal(err)
	}
}

// onDisk are all files of a directory, and its directories without a content.
func onDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			out[path+"/"] = ""
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refuses runs a command that must change no file and end with an exit code and a
// text.
func (e *eventctl) refuses(code int, want string, args ...string) {
	e.t.Helper()
	before := onDisk(e.t, e.dir)
	r := e.run(args...)
	if r.code != code || !strings.Contains(r.stdout+r.stderr, want) {
		e.t.Errorf("eventctl %s: exit code %d\n%s%s\nwant %d with %q", strings.Join(args, " "), r.code, r.stdout, r.stderr, code, want)
	}
	if diff := cmp.Diff(before, onDisk(e.t, e.dir)); diff != "" {
		e.t.Errorf("eventctl %s changed files:\n%s", strings.Join(args, " "), diff)
	}
}

const placedProto = "proto/shop/orders/v1/order_placed.proto"

func TestGenerateWritesTheGoOfContracts(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.refuses(1, "create  gen/shop/orders/v1/order_placed.pb.go", "generate", "--check")
	e.refuses(0, "+++ b/gen/shop/orders/v1/order_placed.pb.go", "generate", "--dry-run")
	if out := e.ok("generate"); !strings.Contains(out, "create  gen/shop/people/v1/customer_registered.pb.go") {
		t.Errorf("generate printed\n%s", out)
	}
	got := onDisk(t, e.dir)
	if text := got["gen/shop/orders/v1/order_placed.pb.go"]; !strings.Contains(text, "package ordersv1") || !strings.Contains(text, "example.com/shop/gen/shop/orders/v1;ordersv1") {
		t.Errorf("the Go package is not of example.com/shop:\n%.300s", text)
	}
	for name := range got {
		if strings.Contains(name, "validate") || strings.Contains(name, "options.pb.go") {
			t.Errorf("%s was generated a second time", name)
		}
	}
	e.refuses(0, "are current", "generate")
	e.refuses(0, "are current", "generate", "--check")

	// A message that is gone, one that changed, and what nobody generated.
	if err := os.Remove(filepath.Join(e.dir, "proto/shop/orders/v2/order_placed.proto")); err != nil {
		t.Fatal(err)
	}
	e.file("services.yaml", "[]\n") // it names the message
	e.file("gen/README.md", "Ours.\n")
	e.file("gen/mock.go", "package gen\n")
	text := got[placedProto]
	e.file(placedProto, strings.Replace(text, "message OrderPlaced {", "message OrderPlaced {\n  reserved 99;", 1))
	var out struct {
		Files   int
		Changes []struct{ Path, Action string }
		Kept    []string
		Written bool
	}
	if err := json.Unmarshal([]byte(e.ok("generate", "--json")), &out); err != nil {
		t.Fatal(err)
	}
	want := []struct{ Path, Action string }{
		{"contracts.lock", "replace"}, {"gen/shop/orders/v1/order_placed.pb.go", "replace"}, {"gen/shop/orders/v2/order_placed.event.go", "delete"}, {"gen/shop/orders/v2/order_placed.pb.go", "delete"},
	}
	if diff := cmp.Diff(want, out.Changes); diff != "" || !out.Written || out.Files != 7 {
		t.Errorf("%+v (-want +got):\n%s", out, diff)
	}
	if diff := cmp.Diff([]string{"gen/README.md", "gen/mock.go"}, out.Kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if got := onDisk(t, e.dir); got["gen/README.md"] == "" || got["gen/mock.go"] == "" || got["gen/shop/orders/v2/order_placed.pb.go"] != "" {
		t.Error("generate removed what nobody generated, or kept what is stale")
	}
}

// protoc-gen-go copies what stands above syntax, such as a licence, above the line that says
// that a file is generated: from the second time on, the file was taken for somebody's own.
func TestGenerateKnowsItsFilesBelowALicence(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.file(placedProto, "// Copyright 2026 Shop Inc.\n\n"+onDisk(t, e.dir)[placedProto])
	e.ok("generate")
	if text := onDisk(t, e.dir)["gen/shop/orders/v1/order_placed.pb.go"]; !strings.HasPrefix(text, "// Copyright 2026") {
		t.Fatalf("the licence is not copied:\n%.200s", text)
	}
	e.refuses(0, "are current", "generate")
	e.refuses(0, "are current", "generate", "--check")
}

func TestGenerateRefusesWithoutAChange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(e *eventctl)
		args   []string
		code   int
		want   string
	}{
		{"contracts with a problem", func(e *eventctl) {
			e.file(placedProto, "syntax = \"proto3\";\npackage shop.orders.v1;\nmessage OrderPlaced { strng a = 1; }\n")
		}, nil, 1, "unknown type strng"},
		{"a plugin that only buf can run", func(e *eventctl) {
			e.file("buf.gen.yaml", "version: v2\nplugins: [{local: protoc-gen-doc, out: gen}]\n")
		}, nil, 1, "run buf generate"},
		{"no Go module", func(e *eventctl) { _ = os.Remove(filepath.Join(e.dir, "go.mod")) }, nil, 1, "no go.mod in"},
		{"another protobuf", func(e *eventctl) {
			e.file("go.mod", "module example.com/shop\n\nrequire google.golang.org/protobuf v1.30.0\n")
		}, nil, 1, "go tool eventctl"},
		{"a file that was not generated", func(e *eventctl) {
			e.file("gen/shop/orders/v1/order_placed.pb.go", "package ordersv1\n")
		}, nil, 1, "a file is there that was not generated"},
		{"a directory that nobody may write", func(e *eventctl) {
			e.file("gen/x", "")
			_ = os.Chmod(filepath.Join(e.dir, "gen"), 0o555)
		}, nil, 1, "gen is read-only"},
		{"a directory in the way", func(e *eventctl) {
			e.file("gen/shop/orders/v1/order_placed.pb.go/x", "")
		}, nil, 1, "order_placed.pb.go"},
		{"a template that is not there", func(*eventctl) {}, []string{"--template", "other.yaml"}, 1, "other.yaml"},
		{"two ways to look", func(*eventctl) {}, []string{"--check", "--dry-run"}, 2, "give one"},
		{"an argument", func(*eventctl) {}, []string{"gen"}, 2, `unexpected argument "gen"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := shopModule(t)
			row.change(e)
			t.Cleanup(func() { _ = os.Chmod(filepath.Join(e.dir, "gen"), 0o755) })
			e.refuses(row.code, row.want, append([]string{"generate"}, row.args...)...)
		})
	}
}

// A killed run has left a contract that nobody finished: generating from it would make
// code of an event that the next command takes away.
func TestGenerateUndoesAKilledRunFirst(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.file(".changeset/lock", "")
	if out := e.ok("generate"); !strings.Contains(out, "create") {
		t.Errorf("generate printed\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(e.dir, ".changeset")); !os.IsNotExist(err) {
		t.Error("the killed run's folder is still there")
	}
}
