package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// The Python peers are programs of folder python, each of which does one task and prints its
// answer, as the processes of this program do.
const (
	pythonFolder      = "python"
	pythonInterpreter = "python/.venv/bin/python"

	oldGenerator = "old_generator.py"
	fastStream   = "fast_stream.py"

	oldSource  = "old_generator.py: the old producer and consumer of test/interop/old, and aiokafka's documentation"
	fastSource = "fast_stream.py: https://faststream.ag2.ai/latest/kafka/"
)

// What the bus is to be faster by, as a factor.
const (
	beatOldBatch   = 20
	beatFastStream = 5
)

func publishPython() []measure.Series {
	bus := busBatch()
	bus.Bus = true
	out := []measure.Series{rawSeries(false), bus}
	for _, s := range []measure.Series{
		{Name: "old generator's publish_batch: each awaited", Python: oldGenerator, Call: "one", Beat: beatOldBatch, Expect: 3_000},
		{Name: "aiokafka and Pydantic, 1000 outstanding", Python: oldGenerator, Call: "many", Expect: 15_000},
		{Name: "FastStream, publish, each awaited", Python: fastStream, Call: "one", Beat: beatFastStream, Expect: 2_500},
		{Name: "FastStream, publish_batch of 1000", Python: fastStream, Call: "many", Beat: beatFastStream, Expect: 20_000},
	} {
		out = append(out, sized(s))
	}
	return out
}

func consumePython() []measure.Series {
	bus := busConsumer()
	bus.Bus = true
	out := []measure.Series{rawSeries(true), bus}
	for _, s := range []measure.Series{
		{Name: "aiokafka, dicts, as the old consumer", Python: oldGenerator, Call: "dict", Expect: 50_000},
		{Name: "aiokafka and Pydantic models", Python: oldGenerator, Call: "model", Expect: 30_000},
		{Name: "FastStream, a model each", Python: fastStream, Call: "one", Beat: beatFastStream, Expect: 5_000},
		{Name: "FastStream, lists of models", Python: fastStream, Call: "many", Beat: beatFastStream, Expect: 30_000},
	} {
		s.Consume = true
		out = append(out, sized(s))
	}
	return out
}

// pythonReady tells how to get the packages, if they are missing.
func pythonReady() error {
	if _, err := os.Stat(pythonInterpreter); errors.Is(err, fs.ErrNotExist) {
		return errors.New("the Python packages are missing: run python/setup.sh in test/bench, or leave the groups out with -only")
	} else if err != nil {
		return fmt.Errorf("find Python: %w", err)
	}
	return nil
}

// doPython runs a task to its end in a process of Python.
func doPython(t measure.Task, answer any) error {
	cmd := exec.Command(pythonInterpreter, filepath.Join(pythonFolder, t.Series.Python))
	var err error
	if cmd.Env, err = t.Environ(); err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	return finish(t, cmd, answer)
}
