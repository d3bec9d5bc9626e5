//go:build !race

package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The commands of docs/generator.md run as they are printed, one after the other. Its last
// one once asked for a key that the event of its first block does not have.
func TestTheCommandsOfTheGeneratorsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "generator.md"))
	if err != nil {
		t.Fatal(err)
	}
	e := repository(t)
	for _, name := range []string{"go.mod", "go.sum"} { // no Go is generated then, which takes time
		if err := os.Remove(filepath.Join(e.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			var args []string
			for _, word := range words.FindAllString(strings.TrimSpace(line), -1) {
				args = append(args, strings.Trim(strings.TrimSpace(word), `'"`))
			}
			if args[0] != "eventctl" {
				t.Errorf("the page has a command of another program: %s", line)
				continue
			}
			n++
			if r := e.run(args[1:]...); r.code != 0 {
				t.Errorf("%s: exit code %d\n%s", line, r.code, r.stderr)
			}
		}
	}
	if n < 7 {
		t.Errorf("the page has %d commands", n)
	}
}
