package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A broker that is written with credentials, as in a URL, was repeated in the error.
func TestBrokersWithAPasswordAreNotPrinted(t *testing.T) {
	t.Parallel()
	for _, brokers := range []string{
		"user:c4nary@host", "user:c4nary@host:9092", "sasl://user:c4nary@host:9092", "a:9092,user:c4nary@host:9092", "user:c4nary,c4nary@host:9092", "@c4nary", "user:c4nary@", "us er:c4nary@[::1]",
	} {
		e, file := withContexts(t, "contexts: {dev: {brokers: ['"+brokers+"']}, sound: {brokers: ['localhost:1']}}")
		lines := [][]string{
			{"tail", "orders", "--brokers", brokers, "--no-context"},
			{"dlq", "list", "--context", "dev"},
			{"dlq", "list", "--context", "sound", "--brokers", brokers},
			{"context", "list"},
			{"context", "list", "--json"},
			{"context", "show", "dev"},
			{"topics", "apply", "--context", "dev"},
		}
		e.dir = shop
		for _, line := range append(lines, []string{"tail", "orders"}) {
			if line[0] == "tail" {
				e.vars = map[string]string{"KAFKA_BROKERS": brokers}
			} else {
				e.vars = map[string]string{"EVENTCTL_CONFIG": file}
			}
			r := e.run(line...)
			if strings.Contains(r.stdout+r.stderr, "c4nary") || line[0] != "context" && r.code != 2 {
				t.Errorf("eventctl %q with %q: exit code %d\n%s%s", line, brokers, r.code, r.stdout, r.stderr)
			}
		}
	}
}

// A relative token command ran from the working directory, where a stranger's repository
// may have a program of that path.
func TestATokenCommandIsBesideItsContext(t *testing.T) {
	t.Parallel()
	e, file := withContexts(t, "current: dev\ncontexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: {mechanism: OAUTHBEARER, token_command: [bin/token]}\n")
	hostile := t.TempDir()
	for dir, script := range map[string]string{filepath.Dir(file): "#!/bin/sh\necho mine >&2; exit 3\n", hostile: "#!/bin/sh\necho theirs >&2; exit 3\n"} {
		if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bin", "token"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	e.dir = hostile
	if r := e.run("dlq", "list"); r.code != 1 || !strings.Contains(r.stderr, "mine") || strings.Contains(r.stderr, "theirs") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// A token command that goes on printing took all memory.
func TestATokenCommandsOutputIsBounded(t *testing.T) {
	t.Parallel()
	e, _ := withContexts(t, "current: dev\ncontexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: {mechanism: OAUTHBEARER, token_command: [cat, /dev/zero]}\n")
	began := time.Now()
	r := e.run("dlq", "list", "--timeout", "60s")
	if r.code != 1 || !strings.Contains(r.stderr, "the output of cat has more than 65536 bytes") || time.Since(began) > 30*time.Second {
		t.Errorf("exit code %d after %s, stderr %q", r.code, time.Since(began), r.stderr)
	}
}
