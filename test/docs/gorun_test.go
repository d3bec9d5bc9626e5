package docs_test

import (
	"strings"
	"testing"
)

// The go command exits with 1 whatever the program exited with, so that a page that asks
// for a code of 2 after go run tells what does not happen.
func TestNoPageAsksGoRunForAnExitCode(t *testing.T) {
	t.Parallel()
	n := 0
	for _, page := range pages(t) {
		lines := strings.Split(read(t, page), "\n")
		for i, line := range lines {
			if !strings.Contains(line, "go run ./cmd/eventctl ") {
				continue
			}
			n++
			asks := line
			if i+1 < len(lines) {
				asks += lines[i+1]
			}
			for _, code := range []string{"$?", "||", "exit code", "exits with"} {
				if strings.Contains(asks, code) {
					t.Errorf("%s:%d asks for the exit code of go run: %s", page, i+1, asks)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no page has go run ./cmd/eventctl: this test looks at nothing")
	}
	if !strings.Contains(read(t, root+"/docs/eventctl.md"), "`go run` makes 1 of both") {
		t.Error("docs/eventctl.md does not say what becomes of exit codes under go run")
	}
}
