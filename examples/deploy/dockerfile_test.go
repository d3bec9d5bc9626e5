package deploy_test

import (
	"context"
	"debug/elf"
	"net/http"
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

var imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

const servicesDockerfile = "examples/Dockerfile"

// dockerfile reads the instructions of one of our files. What is not expected there
// is an error: it does not parse others.
func dockerfile(t *testing.T, path string) image {
	t.Helper()
	out := image{env: map[string]string{}}
	for line := range strings.Lines(read(t, path)) {
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
		case line == "RUN go mod download", line == "ARG SERVICE", line == "WORKDIR /src", line == "WORKDIR /contracts":
		default:
			t.Errorf("%s has a line that no test knows: %s", path, line)
		}
	}
	return out
}

func TestTheImagesAreSmallAndNotRoots(t *testing.T) {
	t.Parallel()
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	for _, path := range []string{servicesDockerfile, "cmd/eventctl/Dockerfile"} {
		i := dockerfile(t, path)
		if len(i.from) != 2 {
			t.Fatalf("%s: stages %v, want one that builds and one that runs", path, i.from)
		}
		// The same Debian in both: no binary needs a newer glibc than there is. A tag is
		// whatever its registry has today, a digest is what was tried.
		for n, want := range []string{"golang:" + goVersion + "-bookworm", "gcr.io/distroless/base-nossl-debian12:nonroot"} {
			if tag, digest, _ := strings.Cut(i.from[n], "@"); tag != want || !imageDigest.MatchString(digest) {
				t.Errorf("%s: stage %s, want %s@sha256:…", path, i.from[n], want)
			}
		}
		if i.user == 0 || i.entrypoint != `["`+i.installed+`"]` {
			t.Errorf("%s: %+v", path, i)
		}
		for _, name := range i.copied {
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: COPY %s: %v", path, name, err)
			}
		}
	}
	if i := dockerfile(t, servicesDockerfile); len(i.exposed) != 2 || i.env["HTTP_ADDR"] != ":"+i.exposed[0] || i.env["PROBE_ADDR"] != ":"+i.exposed[1] {
		t.Errorf("%+v", i)
	}
	for line := range strings.Lines(read(t, ".dockerignore")) {
		if needed := strings.TrimSpace(line); slices.Contains([]string{"gen", "pkg", "internal", "examples", "conversions", "cmd", "proto", "third_party", "go.mod"}, needed) {
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
	i := dockerfile(t, servicesDockerfile)
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("notifier", "audit-log"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for name := range names {
		t.Run(name, func(t *testing.T) {
			binary := i.builds(ctx, t, name)
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
				if code := status(ctx, t, p.Probes()+probe.HTTPGet.Path); code != 200 {
					t.Errorf("%s: %d", probe.HTTPGet.Path, code)
				}
			}
			// Whoever may send requests could see topics and offsets.
			if name == "todo-api" && (p.URL == p.Probes() || status(ctx, t, p.URL+"/readyz") != http.StatusNotFound) {
				t.Error("the probes are on the port of the requests")
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

// What the image of eventctl has reads contracts, as the release workflow tries it.
func TestWhatEventctlsDockerfileBuildsRuns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	check := exec.CommandContext(ctx, dockerfile(t, "cmd/eventctl/Dockerfile").builds(ctx, t, ""), "check")
	check.Dir = root
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// builds runs the image's build of a service. The binary needs no library that the
// image lacks.
func (i image) builds(ctx context.Context, t *testing.T, service string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "service")
	line := strings.NewReplacer("${SERVICE}", service, i.output, binary).Replace(i.build)
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
	return binary
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
