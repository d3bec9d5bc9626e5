package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// modulePath is this module, which is another one's dependency when eventctl runs as
// its tool (go tool eventctl).
const modulePath = "github.com/eventcontracts/eventcontracts"

// version is what a report of a fault needs to say about this program.
type version struct {
	Version    string `json:"version"`          // of the module; "(devel)" where Go knows none
	Commit     string `json:"commit,omitempty"` // unknown where the module came from a proxy
	Time       string `json:"commit_time,omitempty"`
	Modified   bool   `json:"modified"` // the tree had changes that are in no commit
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	Librdkafka string `json:"librdkafka"`
}

// versionOf reads what the go command has written into the program.
func versionOf(info *debug.BuildInfo) version {
	_, client := kafka.LibraryVersion()
	v := version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Librdkafka: client}
	if info == nil {
		return v
	}
	if info.Main.Path != modulePath {
		for _, d := range info.Deps {
			if d.Path == modulePath {
				if d.Replace != nil {
					d = d.Replace
				}
				v.Version = cmp.Or(d.Version, v.Version)
			}
		}
		return v // the commit is that of the other module
	}
	v.Version = cmp.Or(info.Main.Version, v.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// printVersion prints the version alone on the first line, for scripts without jq.
func (a *app) printVersion() error {
	info, _ := debug.ReadBuildInfo()
	v := versionOf(info)
	if a.json {
		return terminal.JSON(a.stdout, v)
	}
	commit := v.Commit
	switch {
	case commit == "":
		commit = "unknown"
	case v.Modified:
		commit += " with changes"
	}
	fmt.Fprintf(a.stdout, "eventctl %s\n", v.Version)
	return terminal.Fields(a.stdout, [][2]string{
		{"commit", commit}, {"of", v.Time}, {"go", v.Go + " " + v.Platform}, {"librdkafka", v.Librdkafka},
	})
}
