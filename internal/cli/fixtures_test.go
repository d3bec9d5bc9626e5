//go:build !race

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const customerFixtures = "fixtures/shop/people/v1/customer_registered/"

// Fixtures are written once, and again only when a contract changes.
func TestFixturesAreWrittenAndRefreshed(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.refuses(1, "create  "+customerFixtures+"valid.json", "fixtures", "--check")
	e.refuses(0, "+++ b/"+customerFixtures+"invalid_email_string.email.json", "fixtures", "--dry-run")
	if out := e.ok("fixtures"); !strings.Contains(out, "create  "+customerFixtures+"valid.json\n") {
		t.Errorf("fixtures printed\n%s", out)
	}
	e.refuses(0, "fixtures are current", "fixtures", "--check")
	e.refuses(0, "fixtures are current", "fixtures")

	proto := "proto/shop/people/v1/customer_registered.proto"
	text, err := os.ReadFile(filepath.Join(e.dir, proto))
	if err != nil {
		t.Fatal(err)
	}
	e.file(proto, strings.Replace(string(text), "string.email = true", "string = {email: true max_len: 50}", 1))
	e.refuses(1, "create  "+customerFixtures+"at_email_string.max_len.json", "fixtures", "--check")
	e.ok("fixtures")
	// The bound goes again: two files are left over, one of which holds no more.
	e.file(proto, string(text))
	e.refuses(1, "1 fixture is not current", "fixtures", "--check")
	r := e.run("fixtures")
	if want := "note: " + customerFixtures + "invalid_email_string.max_len.json:\n      it is accepted, although its name says that it is refused; --prune deletes it\n"; r.code != 0 || r.stderr != want {
		t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, want)
	}
	if out := e.ok("fixtures", "--prune"); out != "delete  "+customerFixtures+"invalid_email_string.max_len.json\n" {
		t.Errorf("fixtures --prune printed\n%s", out)
	}
}

// A fixture by hand is left alone as long as it holds.
func TestFixturesByHandStay(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.ok("fixtures")
	e.file(customerFixtures+"valid_by_hand.json", `{"customer_id": "x", "email": "ada@example.com"}`)
	e.refuses(0, "fixtures are current", "fixtures", "--prune")
}

func TestFixturesForPrograms(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	proto := "proto/shop/people/v1/customer_registered.proto"
	text, err := os.ReadFile(filepath.Join(e.dir, proto))
	if err != nil {
		t.Fatal(err)
	}
	e.file(proto, strings.Replace(string(text), "repeated Address addresses = 3;", "repeated Address addresses = 3;\n  bool agreed = 4 [(buf.validate.field).cel_expression = \"this || !this\"];", 1))
	var got struct {
		Files   int
		Written bool
		Changes []struct{ Path, Action string }
		Missing []struct{ Event, Field, Rule, Reason string }
	}
	if err := json.Unmarshal([]byte(e.ok("fixtures", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Files != len(got.Changes) || !got.Written || len(got.Missing) != 1 || got.Missing[0].Field != "agreed" || got.Missing[0].Rule != "this || !this" {
		t.Errorf("fixtures --json printed %+v", got)
	}
}

func TestFixturesRefuse(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.refuses(2, "--check and --dry-run: give one", "fixtures", "--check", "--dry-run")
	e.refuses(2, `unexpected argument "TodoCreated"`, "fixtures", "TodoCreated")
	e.refuses(1, "does not exist", "fixtures", "--contracts", "nowhere")
}
