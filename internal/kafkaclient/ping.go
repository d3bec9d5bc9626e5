package kafkaclient

import (
	"context"
	"log/slog"
	"time"
)

// Ping waits for a broker's answer, which needs a ctx with a deadline, and says why
// none comes. It leaves no connection behind.
func (c *Cluster) Ping(ctx context.Context) error {
	p, err := NewProducer(ProducerConfig{Cluster: c, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = p.Probe(ctx)
	closing, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.Close(closing) // nothing is outstanding
	return err
}
