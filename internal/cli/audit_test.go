package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// audited are the records of a file, one a line.
func audited(t *testing.T, file string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for line := range strings.Lines(string(text)) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, r)
	}
	return out
}

// A reset was told in the commits' metadata alone, which the group's next commit replaces.
func TestC5_AResetIsOnRecordBeforeItIsMade(t *testing.T) {
	t.Parallel()
	b := ordersOf(t)
	e := newEventctl(t, b.Addrs()[0])
	own := filepath.Join(e.state, "eventctl", "audit.ndjson")
	e.ok("groups", "reset", "mailer", "--to", "latest")
	if _, err := os.Stat(own); err == nil {
		t.Error("a dry run is on record")
	}
	e.ok("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", "mails of last year")
	e.ok("groups", "reset", "mailer", "--to", "earliest", "--yes", "--reason", "again")
	got := audited(t, own)
	if len(got) != 4 {
		t.Fatalf("%d records: %v", len(got), got)
	}
	for i, state := range []string{"begins", "done", "begins", "done"} {
		r := got[i]
		report, _ := r["report"].(map[string]any)
		if r["state"] != state || r["command"] != "groups reset" || r["user"] == "" || r["at"] == "" || report["group"] != "mailer" || report["run"] == "" ||
			report["run"] != got[i-i%2]["report"].(map[string]any)["run"] || len(report["moves"].([]any)) != 2 {
			t.Errorf("record %d: %v", i, r)
		}
	}
	move := got[2]["report"].(map[string]any)["moves"].([]any)[0].(map[string]any)
	if move["committed"] != 10.0 || move["to"] != 0.0 {
		t.Errorf("the record does not say what was there before: %v", move)
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}

	// Another place, and none.
	other := filepath.Join(t.TempDir(), "new", "audit")
	e.ok("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", "x", "--audit", other)
	if got := audited(t, other); len(got) != 2 {
		t.Errorf("records %v", got)
	}
	before := offsets(e, "mailer")
	for what, row := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a directory":     {[]string{"--audit", t.TempDir()}, 1, "--audit FILE names another place"},
		"below a file":    {[]string{"--audit", filepath.Join(own, "audit")}, 1, "the audit record could not be written"},
		"nowhere to keep": {nil, 2, "give --audit FILE"},
	} {
		if what == "nowhere to keep" {
			e.state = ""
		}
		r := e.run(append([]string{"groups", "reset", "mailer", "--to", "earliest", "--yes", "--reason", "x"}, row.args...)...)
		if r.code != row.code || !strings.Contains(r.stderr, row.want) {
			t.Errorf("%s: exit code %d\n%s", what, r.code, r.stderr)
		}
		if after := offsets(e, "mailer"); after["orders/0"] != before["orders/0"] || after["orders/1"] != before["orders/1"] {
			t.Errorf("%s: it was reset, off the record: %v", what, after)
		}
	}
}

// NewConsumer said "run eventctl topics apply", which created nothing for a group that
// services.yaml does not have.
func TestTopicsApplyForAGroup(t *testing.T) {
	t.Parallel()
	b := cluster(t)
	e := newEventctl(t, b.Addr())
	names := func(out string) string {
		var topics []struct{ Name, Action string }
		if err := json.Unmarshal([]byte(out), &topics); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, s := range topics {
			all = append(all, s.Name+" "+s.Action)
		}
		return strings.Join(all, ", ")
	}
	const missing = "orders create, orders.spy.dlq create, orders.spy.redrive create"
	if got := names(e.ok("topics", "apply", "--group", "spy", "--events", "OrderPlaced,OrderCancelled", "--dry-run", "--json")); got != missing {
		t.Errorf("dry run: %s", got)
	}
	if got := names(e.ok("topics", "apply", "--group", "spy", "--events", "OrderPlaced", "--json")); got != strings.ReplaceAll(missing, "create", "created") {
		t.Errorf("a group that is not listed: %s", got)
	}
	if got := names(e.ok("topics", "apply", "--group", "mailer", "--json")); !strings.Contains(got, "orders exists, orders.mailer.dlq created, orders.mailer.redrive created") {
		t.Errorf("a group that is listed: %s", got)
	}
	for line, want := range map[string]string{
		"--group spy":                                                   `group "spy" is not in services.yaml: give --events`,
		"--group mailer --events OrderPlaced":                           `group "mailer" is in services.yaml, which says what it handles`,
		"--events OrderPlaced":                                          "--events are those of a group: give --group NAME",
		"--group spy --events OrderPlacd":                               "did you mean OrderPlaced?",
		"--group s@py --events OrderPlaced":                             `group name "s@py" is not valid`,
		"--group " + strings.Repeat("x", 249) + " --events OrderPlaced": "shorten it",
		"--group spy --events OrderPlaced,OrderPlaced":                  "twice",
	} {
		if r := e.run(append([]string{"topics", "apply"}, strings.Fields(line)...)...); r.code != 2 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d: %s, want %q", line, r.code, r.stderr, want)
		}
	}
}
