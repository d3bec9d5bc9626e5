//go:build !race

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// diff says what changed since a release, without git too.
func TestDiff(t *testing.T) {
	t.Parallel()
	e := shopModule(t)
	e.refuses(2, "this is not a git repository", "diff", "--against", "main")
	e.ok("release", "v1", "--date", "2026-01-31")
	e.refuses(0, "no contract changed since release v1", "diff")
	e.replace(placedV2, "message OrderPlaced {", "message OrderPlaced {\n  // New.\n  optional string added = 90 [(buf.validate.field).string.max_len = 9];")
	e.refuses(0, "OrderPlaced 2.0\n  added: new, string, optional, at most 9 characters\n", "diff")
	e.refuses(0, "### OrderPlaced 2.0\n\n- `added`: new, string, optional, at most 9 characters\n", "diff", "--against", "v1", "--format", "markdown")
	var out struct {
		Since   string
		Changes []struct {
			Subject string
			Lines   []struct{ Field, Text string }
		}
	}
	if err := json.Unmarshal([]byte(e.ok("diff", "--json")), &out); err != nil {
		t.Fatal(err)
	}
	if out.Since != "release v1" || len(out.Changes) != 1 || len(out.Changes[0].Lines) != 1 || out.Changes[0].Lines[0].Field != "added" {
		t.Errorf("%+v", out)
	}
	e.refuses(2, `--format "html": give one of text, markdown, json`, "diff", "--format", "html")
	e.refuses(2, "--against v2: this is not a git repository", "diff", "--against", "v2")

	e.ok("release", "--bump")
	e.ok("release", "v2")
	page := onDisk(t, e.dir)["releases/CHANGES.md"]
	if !strings.Contains(page, "- **2.1**, release v2 of ") || !strings.Contains(page, "  - `added`: new") || !strings.Contains(page, "- **2.0**, release v1 of 2026-01-31") {
		t.Errorf("the page is\n%s", page)
	}
}
