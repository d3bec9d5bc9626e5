//go:build linux && !race

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// planted is a bug that the harness must find, by a rule that it is known to break.
// The file with the bug takes the place of its original by the overlay of the go
// command: nothing of it is in what services link.
type planted struct {
	file, old, replaced string
	rule                string
	flags               []string
}

var bugs = map[string]planted{
	"the highest offset that was seen is committed": {
		"pkg/eventbus/logs.go", "	return min(watermark, a.confirmed)\n", "	return max(watermark, a.next)\n",
		"K9",
		[]string{"-nemeses", ""},
	},
	"a record is settled before its dead letter is acknowledged": {
		"pkg/eventbus/letters.go", "	if err := l.d.client.Send(&msg, l.reported); err != nil {\n		l.again(err)\n	}", "	_ = l.d.client.Send(&msg, func(int32, int64, error) {})\n	l.finish(flow.Settled())",
		"K13",
		[]string{"-nemeses", "", "-letter-delay", "700ms"},
	},
	"a dead letter goes to its record's partition": {
		"pkg/eventbus/letter.go", "	if d.msg.Key == nil && partitions > 0 {", "	if partitions > 0 {",
		"K14",
		[]string{"-nemeses", ""},
	},
	"a retry does not block its key": {
		"internal/flow/lane.go", "	q.behind = append(q.behind, it)\n	return true\n", "	return false\n",
		"K7",
		[]string{"-nemeses", ""},
	},
	"a record that waited for room is dropped": {
		"internal/flow/partition.go", "		p.dispatch(&p.overflow[n])\n		n++", "		if n > 0 {\n			p.dispatch(&p.overflow[n])\n		}\n		n++",
		"K5",
		[]string{"-nemeses", "", "-rate", "12000"},
	},
}

// A harness that lets a planted bug through would let the next real one through.
func TestThePlantedBugsAreFound(t *testing.T) { //nolint:paralleltest // each builds a program, and runs it at full load
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			program := bug.build(t)
			args := append([]string{"-for", "5s", "-seed", "3", "-rate", "3000", "-members", "2", "-dir", filepath.Join(t.TempDir(), "run")}, bug.flags...)
			cmd := exec.CommandContext(t.Context(), program, args...)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != int(found) {
				t.Errorf("it ended with %v\n%s", err, out)
			}
			if !bytes.Contains(out, []byte("! "+bug.rule+": ")) {
				t.Errorf("%s is not found\n%s", bug.rule, out)
			}
		})
	}
}

// build builds the harness with the bug in it.
func (p planted) build(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(root, p.file)
	src, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(src), p.old); n != 1 {
		t.Fatalf("%s has the text to replace %d times, not once: adapt the bug to the code\n%s", p.file, n, p.old)
	}
	dir := t.TempDir()
	changed, overlay, program := filepath.Join(dir, filepath.Base(p.file)), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "faults")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(changed, bytes.Replace(src, []byte(p.old), []byte(p.replaced), 1), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
