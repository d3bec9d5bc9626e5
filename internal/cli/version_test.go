package cli_test

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	out := e.ok("--version")
	for _, want := range []string{"eventctl ", "\ncommit:", "\ngo:", runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, "\nlibrdkafka:  2."} {
		if !strings.Contains(out, want) {
			t.Errorf("--version does not have %q:\n%s", want, out)
		}
	}
	var got struct{ Version, Go, Librdkafka string }
	if err := json.Unmarshal([]byte(e.ok("--version", "--json")), &got); err != nil || got.Go != runtime.Version() || got.Version == "" || got.Librdkafka == "" {
		t.Errorf("--version --json = %+v, %v", got, err)
	}
}

// A program that is another module's tool says its own version, and not the other's.
func TestVersionIsThatOfThisModule(t *testing.T) {
	t.Parallel()
	settings := []debug.BuildSetting{{Key: "vcs.revision", Value: "8abb8fb"}, {Key: "vcs.time", Value: "2026-11-28T09:00:00Z"}, {Key: "vcs.modified", Value: "true"}}
	for name, row := range map[string]struct {
		info                     *debug.BuildInfo
		version, commit, changed string
	}{
		"no information":  {nil, "(devel)", "", "false"},
		"a release":       {&debug.BuildInfo{Main: debug.Module{Path: thisModule, Version: "v1.2.3"}}, "v1.2.3", "", "false"},
		"a checkout":      {&debug.BuildInfo{Main: debug.Module{Path: thisModule, Version: "(devel)"}, Settings: settings}, "(devel)", "8abb8fb", "true"},
		"without version": {&debug.BuildInfo{Main: debug.Module{Path: thisModule}, Settings: settings}, "(devel)", "8abb8fb", "true"},
		"another's tool": {&debug.BuildInfo{
			Main: debug.Module{Path: "example.com/shop", Version: "v9.9.9"}, Settings: settings,
			Deps: []*debug.Module{{Path: "example.com/other", Version: "v0.0.1"}, {Path: thisModule, Version: "v1.2.3"}},
		}, "v1.2.3", "", "false"},
		"another's tool, by a directory": {&debug.BuildInfo{
			Main: debug.Module{Path: "example.com/shop"}, Deps: []*debug.Module{{Path: thisModule, Version: "v0.0.0", Replace: &debug.Module{Path: "../x"}}},
		}, "(devel)", "", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(cli.VersionOf(row.info))
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Version, Commit string
				Modified        bool
			}
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			changed := map[bool]string{true: "true", false: "false"}[got.Modified]
			if diff := cmp.Diff([]string{row.version, row.commit, row.changed}, []string{got.Version, got.Commit, changed}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
