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
		"no answer":      {"", true, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 2, []string{"no answer: give --key"}, ""},
		"wrong answers":  {"a\nb\nc\nd\n", true, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 2, []string{"no answer: give --key"}, ""},
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
