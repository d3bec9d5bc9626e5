package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/cli"
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
		"gate": {func(e *eventctl) {
			e.commit()
			e.replace(placed, "optional string note = 2", "optional string remark = 2")
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

// What a run that was killed has left half-written is undone by the next, which says so
// and does its work.
func TestAuthoringAfterAKill(t *testing.T) {
	t.Parallel()
	e := author(t)
	half := t.TempDir()
	p, err := changeset.Open(e.dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Replace("services.yaml", []byte("half\n"))
	p.Create("proto/shop/orders/v1/order_lost.proto", []byte("half\n"))
	// The step sees what a killed process would leave.
	err = p.Apply(t.Context(), func(context.Context) error { return os.CopyFS(half, os.DirFS(e.dir)) })
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	e.dir = half
	before := tree(t, half)
	if r := e.run("new", "OrderShipped", "order_id (UUID)", "--dry-run"); r.code != 1 || !strings.Contains(r.stderr, "without --dry-run they are undone first") {
		t.Errorf("a dry run: exit code %d, %s", r.code, r.stderr)
	}
	if diff := cmp.Diff(before, tree(t, half)); diff != "" {
		t.Errorf("a dry run has changed files (-before +after):\n%s", diff)
	}
	r := e.run("new", "OrderShipped", "order_id (UUID)", "--publisher", "shop")
	if r.code != 0 || !strings.Contains(r.stderr, "note: a run that was killed had changed services.yaml: it is as it was before\n") {
		t.Errorf("exit code %d, %s", r.code, r.stderr)
	}
	fresh := author(t)
	fresh.ok("new", "OrderShipped", "order_id (UUID)", "--publisher", "shop")
	if diff := cmp.Diff(tree(t, fresh.dir), tree(t, e.dir)); diff != "" {
		t.Errorf("(-without a kill +after one):\n%s", diff)
	}
}

// An interrupt while another program looks at the change puts everything back.
func TestAuthoringIsInterrupted(t *testing.T) {
	t.Parallel()
	e := author(t)
	fifo := filepath.Join(t.TempDir(), "started")
	if err := exec.CommandContext(t.Context(), "mkfifo", fifo).Run(); err != nil {
		t.Skip("there is no mkfifo here")
	}
	write1(t, e.dir, "bin/buf", "#!/bin/sh\necho started > "+fifo+"\nexec sleep 60\n")
	if err := os.Chmod(filepath.Join(e.dir, "bin", "buf"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := tree(t, e.dir)
	run := e.start("new", "OrderShipped", "order_id (UUID)")
	if _, err := os.ReadFile(fifo); err != nil { // waits for buf to start
		t.Fatal(err)
	}
	if !isFile(filepath.Join(e.dir, "proto/shop/orders/v1/order_shipped.proto")) {
		t.Error("the event is not written when buf looks at it")
	}
	if code := run.interrupt(); code != 1 || !strings.Contains(run.printed(), "eventctl: interrupted") {
		t.Errorf("exit code %d, %s", code, run.printed())
	}
	if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
		t.Errorf("files have changed (-before +after):\n%s", diff)
	}
}

// A person is asked on a terminal, and only for what nothing says.
func TestAuthoringAsks(t *testing.T) {
	t.Parallel()
	run := func(input string, terminal bool, args ...string) (result, *eventctl) {
		e := author(t)
		var stdout, stderr bytes.Buffer
		env := e.env(&stdout, &stderr)
		env.Stdin, env.Terminal = strings.NewReader(input), terminal
		code := cli.Run(t.Context(), env, append(args, "--dry-run"))
		return result{code, stdout.String(), stderr.String()}, e
	}
	for name, row := range map[string]struct {
		input    string
		terminal bool
		args     []string
		code     int
		want     []string
		not      string
	}{
		"owner":          {"team-money\n", true, []string{"new", "InvoicePaid", "id (UUID)"}, 0, []string{"Which team answers for the event? [team-invoice]: ", "owner:   team-money\n"}, ""},
		"owner by enter": {"\n", true, []string{"new", "InvoicePaid", "id (UUID)"}, 0, []string{"owner:   team-invoice\n"}, ""},
		"key":            {"nothing\nsecond\n", true, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 0, []string{"Which field is the key", "key:     second\n"}, ""},
		"no answer":      {"", true, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 2, []string{"no key was chosen: give --key"}, ""},
		"wrong answers":  {"a\nb\nc\nd\n", true, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 2, []string{`"b" is not one of these.`, "no key was chosen: give --key"}, ""},
		"inferred":       {"", true, []string{"new", "OrderShipped", "order_id (UUID)"}, 0, []string{"owner:   team-orders (that"}, "?"},
		"yes":            {"team-money\n", true, []string{"new", "InvoicePaid", "id (UUID)", "--yes"}, 0, []string{"owner:   team-invoice (made of the domain"}, "?"},
		"no terminal":    {"team-money\n", false, []string{"new", "InvoicePaid", "id (UUID)"}, 0, []string{"owner:   team-invoice (made of the domain"}, "?"},
		"JSON":           {"team-money\n", true, []string{"new", "InvoicePaid", "id (UUID)", "--json"}, 0, nil, "?"},
		"control":        {"team\x1b[2J\n", true, []string{"new", "InvoicePaid", "id (UUID)"}, 2, []string{"U+001B"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := run(row.input, row.terminal, row.args...)
			if r.code != row.code {
				t.Errorf("exit code %d, want %d", r.code, row.code)
			}
			for _, want := range row.want {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("standard error lacks %q:\n%s", want, r.stderr)
				}
			}
			if row.not != "" && strings.Contains(r.stderr, row.not) {
				t.Errorf("it asks:\n%s", r.stderr)
			}
			if strings.Contains(r.stdout, "Which") {
				t.Errorf("a question is among what is printed:\n%s", r.stdout)
			}
		})
	}
}
