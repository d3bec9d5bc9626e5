package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// Peer is a way to publish and to consume TodoCreated.
type Peer struct {
	Name    string
	Source  string  // where its settings are documented
	Format  string  // of the log that it reads; "" is the bus's
	Callers int     // goroutines that publish
	Beat    float64 // how many times its rate the bus is to reach; 0: only shown
	Publish func(measure.Task) (measure.Result, error)
	Consume func(measure.Task) (measure.Result, error)

	// Events a second that it may reach, for the length of a run.
	Publishes, Consumes float64
}

// Each peer, in the order of tables.
var all = []Peer{byHand, franz, franzByHand, schemaSerde, watermillCQRS, cloudEvents}

// All are the peers that are compared with the bus.
func All() []Peer { return slices.Clone(all) }

// Of is what a series measures: the bus, the raw client or a peer.
func Of(s measure.Series) (Peer, error) {
	switch {
	case s.Raw:
		return raw, nil
	case s.Peer == "":
		return bus, nil
	}
	for _, p := range all {
		if p.Name == s.Peer {
			return p, nil
		}
	}
	return Peer{}, fmt.Errorf("there is no peer %q", s.Peer)
}

// Measure does what the task asks of the peer.
func (p Peer) Measure(t measure.Task) (measure.Result, error) {
	if t.Series.Consume {
		return p.Consume(t)
	}
	return p.Publish(t)
}

// Format is how the value of a record is written.
type Format struct {
	Name    string
	Headers []kafka.Header                      // of each record
	Encode  func(n int) (value []byte, e error) // the n-th event
}

var formats = []Format{busFormat, cloudEventsFormat, serdeFormat, watermillFormat}

// Formats are all of them, the bus's first.
func Formats() []Format { return slices.Clone(formats) }

// FormatNamed is the format of a task.
func FormatNamed(name string) (Format, error) {
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("there is no format %q", name)
}

// Topic is where the log of a format is.
func Topic(format string) string {
	if format == "" {
		return measure.Topic
	}
	return measure.Topic + "-" + format
}

// consuming measures a consumer that run runs until its context ends. run counts what its
// handler has handled, and returns when that is committed.
func consuming(t measure.Task, run func(ctx context.Context, handled *atomic.Int64) error) (measure.Result, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var handled atomic.Int64
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, &handled) }()
	r, err := measure.Consume(t, func() int { return int(handled.Load()) })
	cancel()
	err = errors.Join(err, <-ended)
	r.Done = int(handled.Load())
	return r, err
}
