package main

import (
	"bytes"
	"fmt"
	"os"
)

// change is one planted mistake.
type change struct {
	name string // the rule that it breaks (docs/guarantees.md), and how
	file string // from the module's root
	old  string // the text that it replaces, which is in the file once
	new  string

	// Which tests are to notice it: packages, and a pattern of names as of go test's -run.
	packages []string
	tests    string
}

// apply returns the changed file.
func (c change) apply(root string) ([]byte, error) {
	src, err := os.ReadFile(root + "/" + c.file)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(src, []byte(c.old)); n != 1 {
		return nil, fmt.Errorf("%s: %s has the text to replace %d times, not once: adapt the change to the code\n%s", c.name, c.file, n, c.old)
	}
	return bytes.Replace(src, []byte(c.old), []byte(c.new), 1), nil
}
