package main

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// aloneTest is the test of package eventbus that measures the bus alone. It can
// reach inside, so that nothing in the bus's own code is there for a benchmark.
const aloneTest = "TestBusAlone"

// aloneProgram is the file of the compiled tests of package eventbus.
type aloneProgram string

// do runs a task to its end in a process of the test.
func (a aloneProgram) do(t measure.Task, answer any) error {
	cmd, err := commandOf(t, string(a), "-test.run=^"+aloneTest+"$")
	if err != nil {
		return err
	}
	return finish(t, cmd, answer)
}

// aloneOf compiles the tests of package eventbus into dir, if one of the groups
// needs them.
func aloneOf(chosen []group, dir string) (aloneProgram, error) {
	if !slices.ContainsFunc(chosen, func(g group) bool {
		return slices.ContainsFunc(g.series, func(s measure.Series) bool { return s.BusAlone })
	}) {
		return "", nil
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/eventcontracts/eventcontracts").Output()
	if err != nil {
		return "", fmt.Errorf("find the module of package eventbus: run the benchmarks in test/bench: %w", explained(err))
	}
	file := filepath.Join(dir, "eventbus.test")
	build := exec.Command("go", "test", "-c", "-o", file, "./pkg/eventbus")
	build.Dir = string(bytes.TrimSpace(root))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the tests of package eventbus: %w\n%s", err, out)
	}
	return aloneProgram(file), nil
}

// explained adds what the process wrote to its standard error.
func explained(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}
