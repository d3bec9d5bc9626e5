package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

const (
	memoryEvents = 1_000_000
	memoryLimit  = 200 // MiB
	slowHandler  = time.Millisecond
)

// memory is what a consumer needed that cannot keep up.
type memory struct {
	Handled int
	Seconds float64
	PeakMiB float64 // of the resident set
	LastMiB float64
}

// measureMemory lets a consumer with a slow handler work through a full log and
// prints what it needed. Above the limit is an error: memory depends on no other
// load of the machine.
func measureMemory(o options) (err error) {
	dir, err := os.MkdirTemp("", "eventcontracts-bench")
	if err != nil {
		return fmt.Errorf("make a directory for the corpus: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system removes it otherwise
	corpus := filepath.Join(dir, "corpus")
	if err := do(measure.Task{Role: roleCorpus, Corpus: corpus}, new(any)); err != nil {
		return err
	}
	p, err := startFor(o.kafka, 1)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := p.close(); err == nil {
			err = closeErr
		}
	}()
	events := int(memoryEvents * o.scale)
	if err := do(measure.Task{Role: roleLoad, Addr: p.addr, Topic: measure.Topic, Corpus: corpus, Log: events}, new(any)); err != nil {
		return err
	}
	var m memory
	if err := do(measure.Task{Role: roleMemory, Addr: p.addr, Group: consumerGroup(0), Records: events}, &m); err != nil {
		return err
	}
	fmt.Printf("%d events, a handler of %s: peak %.0f MiB resident, %.0f MiB at the end, %.0f s.\n", m.Handled, slowHandler, m.PeakMiB, m.LastMiB, m.Seconds)
	if m.PeakMiB > memoryLimit {
		return fmt.Errorf("a peak of %.0f MiB is above the limit of %d MiB", m.PeakMiB, memoryLimit)
	}
	return nil
}

// slowConsume handles t.Records records slowly.
func slowConsume(t measure.Task) (memory, error) {
	cfg := peers.ConsumerConfig(t)
	cfg.Handlers = []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
		time.Sleep(slowHandler)
		return nil
	})}
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		return memory{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- c.Run(ctx) }()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for int(c.Stats().Handled) < t.Records {
		select {
		case err := <-ended:
			return memory{}, fmt.Errorf("the consumer ended: %w", err)
		case <-look.C:
		}
	}
	m := memory{Handled: int(c.Stats().Handled), Seconds: time.Since(began).Seconds()}
	if m.PeakMiB, err = resident("VmHWM:"); err != nil {
		return m, err
	}
	if m.LastMiB, err = resident("VmRSS:"); err != nil {
		return m, err
	}
	cancel()
	return m, <-ended
}

// resident reads one of the kernel's figures about this process.
func resident(figure string) (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read the memory of this process (Linux only): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, figure); ok {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			if err != nil {
				return 0, fmt.Errorf("read %s: %w", figure, err)
			}
			return kib / 1024, nil
		}
	}
	return 0, fmt.Errorf("the kernel does not tell %s", figure)
}
