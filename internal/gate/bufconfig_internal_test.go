package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOwnRules(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ in, want string }{
		"ours goes, all else stays": {`version: v2
modules:
  - path: proto
    breaking:
      use: [FILE, EVENT_TOPIC_CHANGED]
  - path: other
lint:
  use: [STANDARD, EVENT_CONTRACT]
  except: [IMPORT_USED]
breaking:
  use: [FILE, EVENT_CONTRACT]
  ignore_only:
    EVENT_REMOVED_EARLY: [proto/a]
    FIELD_NO_DELETE: [proto/b]
plugins:
  - plugin: other-plugin
  - plugin: bin/buf-plugin-event-contract
`, `{"breaking":{"ignore_only":{"FIELD_NO_DELETE":["proto/b"]},"use":["FILE"]},"lint":{"except":["IMPORT_USED"],"use":["STANDARD"]},"modules":[{"breaking":{"use":["FILE"]},"path":"proto"},{"path":"other"}],"plugins":[{"plugin":"other-plugin"}],"version":"v2"}`},
		"with arguments":                {"version: v2\nplugins:\n  - plugin: [/bin/buf-plugin-event-contract, -x]\n", `{"plugins":[],"version":"v2"}`},
		"no plugin of ours":             {"version: v2\nbreaking: {use: [FILE]}\n", ""},
		"buf's defaults are not put in": {"version: v2\nbreaking: {use: [EVENT_CONTRACT]}\nplugins: [{plugin: buf-plugin-event-contract}]\n", ""},
		"not YAML":                      {"version: [", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, ownRules([]byte(row.in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
