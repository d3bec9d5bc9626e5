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

// author runs commands that change contracts, in a copy of the shop.
func author(t *testing.T) *eventctl {
	t.Helper()
	e := newEventctl(t, "")
	e.dir = t.TempDir()
	if err := os.CopyFS(e.dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	return e
}

// tree is every file and directory below a directory, with modes.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(b)
		}
		rel, err := filepath.Rel(dir, path)
		out[rel] = info.Mode().String() + "\n" + text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write1(t testing.TB, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What a dry run prints, with what it inferred, and that it writes nothing.
func TestAuthoringDryRuns(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"new-existing-domain": {"new", "OrderShipped", "order_id (UUID), carrier (str in[ups|dhl]), weight (float? >0), shipped_at (datetime)"},
		"new-domain":          {"new", "InvoicePaid", "id (UUID), cents (int >0), paid_at (datetime)", "--owner", "team-billing", "--describe", "InvoicePaid is published when the bank has said so.", "--describe", "cents=What was paid."},
		"new-everything":      {"new", "StockCounted", "shelf (str), product_id (UUID), order (shop.orders.v1.OrderPlaced?), level (enum[low|high])", "--domain", "stock_room", "--topic", "stock", "--key", "shelf", "--publisher", "warehouse", "--group", "mailer", "--group", "warehouse/reports", "--major", "2"},
		"new-unkeyed":         {"new", "PersonSeen", "seen_at (datetime)", "--unkeyed", "--topic", "people"},
		"new-topic-beside":    {"new", "OrderNoted", "order_id (UUID)", "--topic", "order_notes"},
		"new-platform":        {"new", "OrderWindows", "order_id (UUID)"},
		"add-field":           {"add-field", "OrderPlaced", "gift (bool? = false), lines (list[str <=20])", "--describe", "gift=Whether it is a present."},
		"add-field-v1":        {"add-field", "OrderCancelled", "why (enum[shop|customer]?), order (OrderPlaced?)"},
		"new-version":         {"new-version", "OrderCancelled"},
		"new-version-go":      {"new-version", "OrderPlaced", "--spec", "order_id (str), cents (int >0)", "--describe", "cents=The amount, in cents."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := author(t)
			before := tree(t, e.dir)
			r := e.run(append(args, "--dry-run")...)
			if r.code != 0 {
				t.Errorf("exit code %d", r.code)
			}
			golden(t, "authoring/"+name, "$ eventctl "+strings.Join(quoteArgs(args), " ")+" --dry-run\n"+strings.ReplaceAll(r.stderr+"\n"+r.stdout, e.dir, "DIR"))
			if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
				t.Errorf("a dry run has changed files (-before +after):\n%s", diff)
			}
		})
	}
}

func quoteArgs(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; strings.ContainsAny(a, " ()") {
			out[i] = `"` + a + `"`
		}
	}
	return out
}

// What a program gets: the same for a dry run and for the change, but for the diff.
func TestAuthoringAnswersInJSON(t *testing.T) {
	t.Parallel()
	e := author(t)
	type answer struct {
		Event struct {
			Type, Version, Topic, Key, Owner, Message, File string
		}
		Decided []struct{ Name, Value, Why string }
		Files   []struct {
			Path, Action   string
			Added, Removed int
		}
		Steps []struct {
			Name, Detail string
			Done         bool
		}
		Notes, Next   []string
		Diff, Snippet *string
	}
	ask := func(args ...string) answer {
		t.Helper()
		var got answer
		r := e.run(append(args, "--json")...)
		if r.code != 0 || r.stderr != "" {
			t.Fatalf("exit code %d, %s", r.code, r.stderr)
		}
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
			t.Fatalf("%v in %s", err, r.stdout)
		}
		if got.Decided == nil || got.Files == nil || got.Steps == nil || got.Notes == nil || got.Next == nil {
			t.Errorf("a list is null in %s", r.stdout)
		}
		return got
	}
	args := []string{"new", "OrderShipped", "order_id (UUID), note (str?)", "--publisher", "shop"}
	dry, wet := ask(append(args, "--dry-run")...), ask(args...)
	if diff := cmp.Diff(dry.Event, wet.Event); diff != "" || wet.Event.Message != "shop.orders.v1.OrderShipped" || wet.Event.Key != "order_id" {
		t.Errorf("the event is %+v (-dry +made):\n%s", wet.Event, diff)
	}
	if diff := cmp.Diff(dry.Decided, wet.Decided); diff != "" || len(wet.Decided) != 5 {
		t.Errorf("decided is %+v (-dry +made):\n%s", wet.Decided, diff)
	}
	if dry.Diff == nil || wet.Diff != nil || len(dry.Steps) != 0 || len(wet.Steps) != 3 {
		t.Errorf("diffs %v and %v, steps %v and %v", dry.Diff != nil, wet.Diff != nil, dry.Steps, wet.Steps)
	}
	if len(dry.Files) != 2 || len(wet.Files) < 5 || wet.Files[len(wet.Files)-1].Path != "services.yaml" || wet.Files[len(wet.Files)-1].Added != 0 && wet.Files[len(wet.Files)-1].Action != "replace" {
		t.Errorf("files are %+v and %+v", dry.Files, wet.Files)
	}
}
