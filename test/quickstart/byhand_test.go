//go:build unix

package quickstart_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The last section of docs/writing-events.md, done as it is printed in an empty
// directory: its commands are run, and its files are those that a block's first line names.
func TestContractsByHandWorkAsPrinted(t *testing.T) {
	t.Parallel()
	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "writing-events.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## In a repository of your own\n")
	if !ok {
		t.Fatal("docs/writing-events.md has no such section any more")
	}
	dir, env := newcomer(t)
	w := open(t, dir, env)
	const release = "go get github.com/eventcontracts/eventcontracts@latest"
	commands, files := 0, 0
	for _, block := range regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```").FindAllStringSubmatch(section, -1) {
		kind, text := block[1], block[2]
		if kind == "sh" {
			for _, command := range strings.Split(strings.TrimSpace(text), "\n") {
				if command == release { // a release that this checkout is
					w.run("go mod edit -replace github.com/eventcontracts/eventcontracts='" + root + "'")
					command = strings.TrimSuffix(command, "@latest")
				}
				w.run(command)
				commands++
			}
			continue
		}
		m := regexp.MustCompile(`^(?:#|//) (\S+)\n`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("a block does not say which file it is:\n%s", text)
		}
		if err := os.WriteFile(filepath.Join(dir, m[1]), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files++
	}
	if commands < 8 || files < 5 {
		t.Errorf("the section has %d commands and %d files", commands, files)
	}
	for _, made := range []string{"gen/shop/v1/order_placed.pb.go", "go.sum"} {
		if _, err := os.Stat(filepath.Join(dir, made)); err != nil {
			t.Error(err)
		}
	}
}
