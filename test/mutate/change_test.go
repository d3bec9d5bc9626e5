package main

import (
	"regexp"
	"testing"
)

// A change whose text is gone would plant nothing, and look like one that is noticed.
func TestEveryChangeFitsTheCode(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range changes() {
		if _, err := c.apply("../.."); err != nil {
			t.Error(err)
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
