//go:build !race

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

const placedV2 = "proto/shop/orders/v2/order_placed.proto"

// A lock that is edited, in conflict or stale is told by check, with its line and what to
// do, and generate mends it.
func TestCheckTellsOfALockThatIsNotCurrent(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.ok("check") // a repository may have none yet
	e.refuses(1, "contracts.lock is not current: run eventctl lock", "lock", "--check")
	e.ok("generate")
	e.ok("lock", "--check")
	lock := onDisk(t, e.dir)["contracts.lock"]
	for name, row := range map[string]struct{ text, want string }{
		"edited":   {strings.Replace(lock, "OrderPlaced 2.0", "OrderPlaced 2.9", 1), "contracts.lock:"},
		"conflict": {strings.Replace(lock, "OrderPlaced", "<<<<<<< HEAD\nOrderPlaced", 1), "a merge conflict is in it: merge the .proto files, then run eventctl generate"},
		"newer":    {strings.Replace(lock, "format 1", "format 7", 1), "it has format 7, and this eventctl knows formats up to 1: use a newer eventctl"},
	} {
		e.file("contracts.lock", row.text)
		e.refuses(1, row.want, "check")
		if r := e.run("check"); row.text == lock || r.code != 1 {
			t.Errorf("%s: exit code %d", name, r.code)
		}
	}
	e.ok("generate")
	if got := onDisk(t, e.dir)["contracts.lock"]; got != lock {
		t.Errorf("the lock is\n%s", got)
	}
	e.replace(placedV2, "message OrderPlaced {", "message OrderPlaced {\n  // New.\n  optional string added = 90;")
	e.refuses(1, "it has OrderPlaced 2.0 with digest ", "check")
}

// check and the plugin of buf agree: what no value can pass is a mistake, and so is a rule
// that asks for the time.
func TestCheckFindsWhatTheGatesLintRulesFind(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ field, want string }{
		{`optional string added = 90 [(buf.validate.field).string = {min_len: 5, max_len: 3}];`, "no value can pass the rules of added"},
		{`int32 added = 90 [(buf.validate.field).required = true];`, "added is required, and has no presence: 0 would be refused"},
		{`optional string added = 90 [(buf.validate.field).cel_expression = "string(now) != this"];`, "asks for the time at which it is read"},
	} {
		e := shopModule(t)
		e.replace(placedV2, "message OrderPlaced {", "message OrderPlaced {\n  // New.\n  "+row.field)
		e.refuses(1, row.want, "check")
	}
}

// The first release is one of a repository that never had any, and each later one says
// first which revisions must rise, raises them, and writes what is new.
func TestARelease(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.refuses(2, "a release cannot be named", "release", "a/b")
	e.refuses(2, "--check and --bump release nothing", "release", "--check", "v1")
	e.refuses(2, `--date "soon"`, "release", "--date", "soon")
	e.refuses(0, "there was no release yet", "release", "--check")
	e.ok("release", "v1", "--date", "2026-01-31")
	files := onDisk(t, e.dir)
	if files["releases/v1/contracts.lock"] == "" || files["releases/v1/contracts.lock"] != files["contracts.lock"] {
		t.Errorf("the lock is %q", files["releases/v1/contracts.lock"])
	}
	e.refuses(1, "nothing changed since release v1", "release", "v2")
	e.refuses(0, "no contract changed since release v1", "release", "--check")

	e.replace(placedV2, "message OrderPlaced {", "message OrderPlaced {\n  // New.\n  optional string added = 90;")
	e.ok("generate")
	e.refuses(1, "its revision must be 1 at least", "release", "--check")
	e.refuses(1, "run eventctl release --bump", "release", "v2")
	e.ok("release", "--bump")
	e.refuses(0, "no revision must rise", "release", "--check")
	e.ok("check") // the lock is current
	e.refuses(1, "releases/v1 is there already", "release", "v1")
	e.refuses(1, "a release follows those that are there", "release", "v0", "--date", "2025-12-31")

	var out struct {
		Last   string
		Events []struct{ Type, Status, Was, Is string }
	}
	if err := json.Unmarshal([]byte(e.ok("release", "v2", "--json")), &out); err != nil {
		t.Fatal(err)
	}
	if out.Last != "v1" || len(out.Events) != 1 || out.Events[0].Status != "changed" || out.Events[0].Was != "2.0" || out.Events[0].Is != "2.1" {
		t.Errorf("%+v", out)
	}
	for name := range onDisk(t, e.dir) {
		if strings.Contains(name, "OrderPlaced/2.1/") {
			return
		}
	}
	t.Error("no record of 2.1 is frozen")
}
