//go:build !race

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withEvent is a repository with one event, committed.
func withEvent(t *testing.T) *eventctl {
	t.Helper()
	e := repository(t)
	if !isFile(filepath.Join(e.dir, "bin", "buf")) {
		t.Skip("bin/buf is not built: run make tools")
	}
	e.ok("new", "OrderPlaced", "order_id (UUID), note (str?)", "--publisher", "shop")
	e.commit()
	return e
}

// replace edits a file of the repository.
func (e *eventctl) replace(name, old, with string) {
	e.t.Helper()
	text, err := os.ReadFile(filepath.Join(e.dir, filepath.FromSlash(name)))
	if err != nil || !bytes.Contains(text, []byte(old)) {
		e.t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	write1(e.t, e.dir, name, strings.Replace(string(text), old, with, 1))
}

// A step that refuses a change puts back what was there, byte for byte, and says so.
func TestAuthoringPutsBack(t *testing.T) {
	t.Parallel()
	const placed = "proto/events/order/v1/order_placed.proto"
	for name, row := range map[string]struct {
		before func(*eventctl)
		args   []string
		want   string
	}{
		"build": {
			func(e *eventctl) { e.replace("go.mod", "replace "+thisModule, "// replace "+thisModule) },
			[]string{"new", "OrderShipped", "order_id (UUID)"},
			"build: the generated Go does not compile; every file is as it was before:\n",
		},
		"lint": {
			func(e *eventctl) { e.replace("buf.yaml", "[STANDARD]", "[STANDARD, COMMENT_ENUM_VALUE]") },
			[]string{"add-field", "OrderPlaced", "level (enum[low]?)"},
			"lint: buf lint refuses it; every file is as it was before:\nproto/events/order/v1/order_placed.proto:",
		},
		"gate": {func(e *eventctl) { // the number of a field that is gone is free
			e.commit()
			text, err := os.ReadFile(filepath.Join(e.dir, placed))
			if err != nil {
				e.t.Fatal(err)
			}
			write1(e.t, e.dir, placed, regexp.MustCompile(`(?m)^.*\bnote = 2.*\n`).ReplaceAllString(string(text), ""))
		}, []string{"add-field", "OrderPlaced", "x (int?)"}, "gate: it would break deployed services or retained records; the baseline is "},
		"buf.yaml": {
			func(e *eventctl) { e.replace("buf.yaml", "FILE", "FILES") },
			[]string{"add-field", "OrderPlaced", "x (int?)"},
			"every file is as it was before:\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := withEvent(t)
			row.before(e)
			before := tree(t, e.dir)
			r := e.run(row.args...)
			if r.code != 1 || !strings.Contains(r.stderr, row.want) || !strings.Contains(r.stderr, "every file is as it was before") {
				t.Errorf("exit code %d, want 1 and %q in:\n%s", r.code, row.want, r.stderr)
			}
			t.Log(r.stderr)
			if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
				t.Errorf("files have changed (-before +after):\n%s", diff)
			}
		})
	}
}

// Mistakes in files that a change leaves alone are not its business, and what is not
// committed is kept.
func TestAuthoringInADirtyTree(t *testing.T) {
	t.Parallel()
	e := withEvent(t)
	e.commit()
	e.ok("new", "OrderShipped", "order_id (UUID)")
	e.replace("proto/events/order/v1/order_placed.proto", "optional string note = 2", "optional string remark = 2") // the gate refuses it
	e.replace("services.yaml", "- service: shop", "# The shop.\n- service: shop")
	r := e.run("new", "OrderPaid", "order_id (UUID)", "--publisher", "shop")
	if r.code != 0 || r.stderr != "note: services.yaml has changes that are not committed: they are kept\n" {
		t.Errorf("exit code %d, %s", r.code, r.stderr)
	}
	text, err := os.ReadFile(filepath.Join(e.dir, "services.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "# The shop.\n- service: shop\n  owner: team-order\n  principal: User:shop\n  publishes:\n    - OrderPlaced\n    - OrderPaid\n"; string(text) != want {
		t.Errorf("services.yaml is\n%s, want\n%s", text, want)
	}
}

// Files with CRLF keep it in every line that was there, and get it in those that are
// added.
func TestAuthoringKeepsCRLF(t *testing.T) {
	t.Parallel()
	e := author(t)
	const placed, services = "proto/shop/orders/v2/order_placed.proto", "services.yaml"
	for _, name := range []string{placed, services, "proto/shop/orders/v1/topics.proto"} {
		text, err := os.ReadFile(filepath.Join(e.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write1(t, e.dir, name, strings.ReplaceAll(string(text), "\n", "\r\n"))
	}
	e.ok("add-field", "OrderPlaced", "level (enum[low|high]?), at (datetime?)")
	e.ok("new", "OrderNoted", "order_id (UUID)", "--topic", "notes", "--publisher", "shop", "--group", "mailer")
	e.ok("new-version", "OrderPlaced")
	for _, name := range []string{placed, services, "proto/shop/orders/v1/topics.proto", "proto/shop/orders/v3/order_placed.proto"} {
		text, err := os.ReadFile(filepath.Join(e.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
			t.Errorf("%s has lines that end in another way:\n%q", name, text)
		}
	}
	e.ok("check")
}
