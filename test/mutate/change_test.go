package main

import (
	"go/parser"
	"go/token"
	"regexp"
	"testing"
)

// A change whose text is gone would plant nothing, and look like one that is noticed.
func TestEveryChangeFitsTheCode(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range changes() {
		src, err := c.apply("../..")
		if err != nil {
			t.Error(err)
		} else if _, err := parser.ParseFile(token.NewFileSet(), c.file, src, 0); err != nil {
			t.Errorf("%s is not Go: %v", c.name, err) // and ended the whole run of make mutate
		}
		if _, err := regexp.Compile(c.tests); err != nil || c.tests == "" || len(c.packages) == 0 {
			t.Errorf("%s names no tests: %v", c.name, err)
		}
		if names[c.name] {
			t.Errorf("%s is there twice", c.name)
		}
		names[c.name] = true
	}
}
