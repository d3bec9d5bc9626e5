package gate_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

const orders = "proto/shop/v1/order_placed.proto"

const contract = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option go_package = "example.com/shop/v1;shopv1";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 3 retention: "7d"};
// OrderPlaced is published once, when a customer orders.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "order_id" owner: "team-shop" revision: 0};
  // The order.
  string order_id = 1 [(buf.validate.field).string.uuid = true];
  // What the customer says.
  optional string note = 2 [(buf.validate.field).string.max_len = 200];
}
`

const services = `- service: mailer
  owner: team-mail
  groups:
    - name: mailer
      handles: [OrderPlaced]
      deploys: [1]
`

// start is the day of the first release of a test.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// repository is one of contracts that is under no version control.
type repository struct {
	t   testing.TB
	dir string
}

func newRepository(t testing.TB) repository {
	t.Helper()
	r := repository{t, t.TempDir()}
	r.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\nbreaking:\n  use: [FILE]\n  except: [ENUM_NO_DELETE, FIELD_NO_DELETE, FILE_NO_DELETE, MESSAGE_NO_DELETE]\n")
	r.write(orders, contract)
	r.write("services.yaml", services)
	r.write("proto/eventcontracts/v1/options.proto", read(t, "../../proto/eventcontracts/v1/options.proto"))
	r.write("proto/buf/validate/validate.proto", read(t, "../../third_party/protovalidate/buf/validate/validate.proto"))
	buf, err := filepath.Abs("../../bin/buf")
	if err == nil {
		err = os.Mkdir(filepath.Join(r.dir, "bin"), 0o755)
	}
	if err == nil {
		err = os.Symlink(buf, filepath.Join(r.dir, "bin", "buf"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (r repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// order writes the contract with some texts replaced: pairs of what was and what is.
func (r repository) order(replace ...string) {
	r.t.Helper()
	text := contract
	for pair := range slices.Chunk(replace, 2) {
		if !strings.Contains(text, pair[0]) {
			r.t.Fatalf("the contract has no %q", pair[0])
		}
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	r.write(orders, text)
}

// release freezes what is there, days after the start.
func (r repository) release(name string, day int) {
	r.t.Helper()
	e, err := catalog.Examine(r.t.Context(), catalog.Options{Contracts: r.dir, Dir: r.dir})
	if err != nil || len(e.Problems) > 0 {
		r.t.Fatalf("%v %v", err, e)
	}
	files, err := release.Freeze(e, name, start.AddDate(0, 0, day), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for path, text := range files {
		r.write(path, string(text))
	}
}

func (r repository) run(day int) (*gate.Report, error) {
	return gate.Run(r.t.Context(), gate.Options{Contracts: r.dir, Dir: r.dir, Named: "--against", Now: start.AddDate(0, 0, day)})
}

func (r repository) gate(day int) *gate.Report {
	r.t.Helper()
	report, err := r.run(day)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// rules are what was found, each rule once.
func rules(report *gate.Report) []string {
	out := []string{}
	for _, f := range report.Findings {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

func baselines(report *gate.Report) []string {
	out := []string{}
	for _, b := range report.Baselines {
		out = append(out, b.Name)
	}
	return out
}

// unknown requires that the gate says that it cannot know, in these words.
func (r repository) unknown(want string) {
	r.t.Helper()
	report, err := r.run(0)
	var unknown *gate.Unknown
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), want) {
		r.t.Errorf("report %v, error %v, want that it is unknown: %s", report, err, want)
	}
}

func (r repository) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r repository) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// commitAt commits what is there on a day, days after the start.
func (r repository) commitAt(day int) {
	r.t.Helper()
	r.git("add", "-A")
	cmd := exec.Command("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "a change")
	cmd.Dir = r.dir
	at := start.AddDate(0, 0, day).Format(time.RFC3339)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git commit: %v\n%s", err, out)
	}
}
