package deploy_test

import (
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/examples/internal/process"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"

	// The broker has the topics of the contracts that are linked.
	_ "github.com/eventcontracts/eventcontracts/conversions/todo"
	_ "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
)

// image is what the Dockerfile says, as far as it can be held against the code.
type image struct {
	from       []string // the base of each stage
	copied     []string // from the build's context
	build      string   // the command that builds the service
	output     string   // what is copied out of the build stage …
	installed  string   // … to here
	user       int
	exposed    []string
	env        map[string]string
	entrypoint string
}

// dockerfile reads the instructions of that one file. What is not expected there is
// an error: it does not parse others.
func dockerfile(t *testing.T) image {
	t.Helper()
	out := image{env: map[string]string{}}
	for line := range strings.Lines(read(t, "examples/Dockerfile")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		instruction, rest, _ := strings.Cut(line, " ")
		words := strings.Fields(rest)
		switch {
		case instruction == "FROM":
			out.from = append(out.from, words[0])
		case instruction == "COPY" && strings.HasPrefix(words[0], "--from=build"):
			out.output, out.installed = words[1], words[2]
		case instruction == "COPY":
			out.copied = append(out.copied, words[:len(words)-1]...)
		case instruction == "RUN" && strings.HasPrefix(rest, "go build "):
			out.build = rest
		case instruction == "USER":
			uid, err := strconv.Atoi(strings.Split(rest, ":")[0])
			if err != nil {
				t.Errorf("USER %s: Kubernetes can tell that a number is not root, a name it cannot", rest)
			}
			out.user = uid
		case instruction == "EXPOSE":
			out.exposed = words
		case instruction == "ENV":
			key, value, _ := strings.Cut(rest, "=")
			out.env[key] = value
		case instruction == "ENTRYPOINT":
			out.entrypoint = rest
		case line == "RUN go mod download", line == "ARG SERVICE", line == "WORKDIR /src":
		default:
			t.Errorf("the Dockerfile has a line that no test knows: %s", line)
		}
	}
	return out
}

func TestTheImageIsSmallAndNotRoots(t *testing.T) {
	t.Parallel()
	i := dockerfile(t)
	if len(i.from) != 2 {
		t.Fatalf("stages %v, want one that builds and one that runs", i.from)
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	// The same Debian in both: no binary needs a newer glibc than there is.
	if i.from[0] != "golang:"+goVersion+"-bookworm" || i.from[1] != "gcr.io/distroless/base-nossl-debian12:nonroot" {
		t.Errorf("stages %v", i.from)
	}
	if i.user == 0 || i.env["HTTP_ADDR"] != ":"+i.exposed[0] || i.entrypoint != `["`+i.installed+`"]` {
		t.Errorf("%+v", i)
	}
	for _, path := range i.copied {
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			t.Errorf("COPY %s: %v", path, err)
		}
	}
	for line := range strings.Lines(read(t, ".dockerignore")) {
		if needed := strings.TrimSpace(line); slices.Contains([]string{"gen", "pkg", "internal", "examples", "conversions", "go.mod"}, needed) {
			t.Errorf(".dockerignore leaves out %s, which the build needs", needed)
		}
	}
}

// base are glibc's libraries: the image's documentation says that it has no others.
var base = regexp.MustCompile(`^(libc|libm|libdl|libpthread|librt|libresolv|ld-linux-[a-z0-9-]+)\.so\.\d+$`)

// What the Dockerfile builds runs, needs no library that its image lacks, and
// answers what Kubernetes asks.
func TestWhatTheDockerfileBuildsRuns(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("images are Linux: on another system this builds and starts its own binary")
	}
	i := dockerfile(t)
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("notifier", "audit-log"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for name := range names {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "service")
			line := strings.NewReplacer("${SERVICE}", name, i.output, binary).Replace(i.build)
			build := exec.CommandContext(ctx, "sh", "-c", line)
			build.Dir = root
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			if runtime.GOOS == "linux" {
				for _, lib := range needed(t, binary) {
					if !base.MatchString(lib) {
						t.Errorf("needs %s, which the image does not have", lib)
					}
				}
			}
			cmd := exec.Command(binary)
			cmd.Dir = t.TempDir()
			p, err := process.Start(ctx, name, cmd, "KAFKA_BROKERS="+b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := p.Kill(); err != nil {
					t.Error(err)
				}
			})
			if err := p.WaitReady(ctx); err != nil {
				t.Fatal(err)
			}
			_, c := deployment(t, name)
			for _, probe := range []probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
				if code := status(ctx, t, p.URL+probe.HTTPGet.Path); code != 200 {
					t.Errorf("%s: %d", probe.HTTPGet.Path, code)
				}
			}
			if err := p.Terminate(); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// needed are the shared libraries of a binary.
func needed(t *testing.T, path string) []string {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	libs, err := f.ImportedLibraries()
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(libs) == 0 {
		t.Errorf("%s needs no library: the check of those says nothing", path)
	}
	return libs
}
