package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/bench/scale"
)

const (
	startName   = "start"
	buildName   = "build"
	startTarget = 50 // ms, with hundreds of contracts
)

// measureStart measures how long a service takes from its process's start until producer and
// consumer are made: with all contracts linked, and handlers of one or of all types.
func (b *bench) measureStart(repo scale.Repo, run *report.Run) error {
	task := scale.Task{Group: consumerGroup(0)}
	for n := range scale.Events {
		task.Types = append(task.Types, scale.EventName(n))
	}
	on, err := b.scaleServer(repo, task, 3)
	if err != nil {
		return err
	}
	defer func() { _ = on.close() }()
	task.Role, task.Addr = scale.RoleStart, on.addr
	one := task
	one.Types = task.Types[:1]
	facts := make([]report.Fact, 4)
	for i, handled := range []int{scale.Events, 1} {
		name := fmt.Sprintf("start of a service with %d contracts, %d of them handled and published", scale.Contracts, handled)
		facts[2*i] = report.Fact{Name: name, Unit: "ms"}
		facts[2*i+1] = report.Fact{Name: name + ": CPU time", Unit: "ms"}
	}
	facts[0].AtMost = startTarget
	for range 3 * b.options.rounds {
		for i, t := range []scale.Task{task, one} {
			took, cpu, err := started(repo, t)
			if err != nil {
				return fmt.Errorf("%s: %w", startName, err)
			}
			facts[2*i].Samples = append(facts[2*i].Samples, float64(took.Microseconds())/1000)
			facts[2*i+1].Samples = append(facts[2*i+1].Samples, float64(cpu.Microseconds())/1000)
		}
	}
	run.Facts = append(run.Facts, facts...)
	return nil
}

// started is the time until a process says that it is ready, and the CPU time that it used
// until its end, which follows at once.
func started(repo scale.Repo, t scale.Task) (took, cpu time.Duration, err error) {
	cmd, err := scaleCommand(repo, t)
	if err != nil {
		return 0, 0, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, fmt.Errorf("start a service: %w", err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("start a service: %w", err)
	}
	lines := bufio.NewScanner(out)
	ready := lines.Scan()
	took = time.Since(began)
	for lines.Scan() {
		continue // what else it prints would hold it up
	}
	if err := cmd.Wait(); err != nil || !ready {
		return 0, 0, fmt.Errorf("start a service: it was not ready: %w", err)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// service is a program that consumes TodoCreated, and nothing else.
type service struct{ name, imports, body string }

// services do the same with ever more of what this project has.
var services = []service{
	{
		"the client alone, bytes", `"github.com/confluentinc/confluent-kafka-go/v2/kafka"`,
		"c, err := kafka.NewConsumer(&kafka.ConfigMap{\"group.id\": \"g\"})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfor {\n\t\tfmt.Println(c.Poll(100))\n\t}",
	},
	{
		"the client, protojson and protovalidate", "\"buf.build/go/protovalidate\"\n\t\"github.com/confluentinc/confluent-kafka-go/v2/kafka\"\n\t\"google.golang.org/protobuf/encoding/protojson\"\n\n\ttodov1 \"github.com/eventcontracts/eventcontracts/gen/events/todo/v1\"",
		"c, err := kafka.NewConsumer(&kafka.ConfigMap{\"group.id\": \"g\"})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfor {\n\t\tm, ok := c.Poll(100).(*kafka.Message)\n\t\tif !ok {\n\t\t\tcontinue\n\t\t}\n\t\tvar todo todov1.TodoCreated\n\t\tfmt.Println(protojson.Unmarshal(m.Value, &todo), protovalidate.Validate(&todo))\n\t}",
	},
	{
		"the bus", "\"context\"\n\n\ttodov1 \"github.com/eventcontracts/eventcontracts/gen/events/todo/v1\"\n\t\"github.com/eventcontracts/eventcontracts/pkg/eventbus\"",
		"c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{Group: \"g\", Handlers: []eventbus.Handler{\n\t\teventbus.Handle(func(_ context.Context, todo *todov1.TodoCreated) error { return nil }),\n\t}})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tfmt.Println(c.Run(context.Background()))",
	},
}

// measureBuilds measures how large each service is, and how long it takes to build again after
// a change of its own code. What it imports is compiled before.
func (b *bench) measureBuilds(repo scale.Repo, run *report.Run) error {
	for i, s := range services {
		size := report.Fact{Name: "program: " + s.name, Unit: "MiB"}
		build := report.Fact{Name: "built again: " + s.name, Unit: "s"}
		folder, file := fmt.Sprintf("cmd/service%d", i), filepath.Join(b.dir, fmt.Sprintf("service%d", i))
		for round := range b.options.rounds + 1 {
			text := fmt.Sprintf("package main\n\nimport (\n\t\"fmt\"\n\n\t%s\n)\n\nfunc main() {\n\tfmt.Println(%d)\n\t%s\n}\n", s.imports, round, s.body)
			if err := repo.Write(filepath.Join(folder, "main.go"), text); err != nil {
				return err
			}
			began := time.Now()
			if err := repo.Build("./"+folder, file); err != nil {
				return fmt.Errorf("%s: %w", buildName, err)
			}
			if round > 0 { // the first compiles what is imported
				build.Samples = append(build.Samples, time.Since(began).Seconds())
			}
		}
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("%s: %w", buildName, err)
		}
		size.Samples = []float64{float64(info.Size()) / (1 << 20)}
		run.Facts = append(run.Facts, size, build)
	}
	return nil
}
