package cli_test

import (
	"os"
	"testing"
)

// TestMain lets what a test compiles in a directory of its own be taken from the build
// cache, which has it under no directory then.
func TestMain(m *testing.M) {
	if err := os.Setenv("GOFLAGS", "-trimpath"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
