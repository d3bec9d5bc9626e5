package main

import (
	"testing"

	"buf.build/go/bufplugin/check"
)

// buf refuses a plugin whose rules have no purpose in a sentence, or no category.
func TestSpec(t *testing.T) {
	t.Parallel()
	if err := check.ValidateSpec(spec); err != nil {
		t.Error(err)
	}
}
