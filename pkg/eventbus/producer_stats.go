package eventbus

import (
	"errors"
	"sync/atomic"
)

// ProducerStats are a producer's counters since its start, and its state.
type ProducerStats struct {
	Acknowledged uint64 // records that all in-sync replicas have
	Failed       uint64 // records whose delivery report was an error
	Abandoned    uint64 // waits that ended before the outcome was known

	Invalid      uint64 // not sent: ErrInvalid
	Backpressure uint64 // not sent: ErrBackpressure
	Closed       uint64 // not sent: ErrClosed
	Unsent       uint64 // not sent: the client refused the record at once

	Resent           uint64 // records sent again alone, after their batch was too large
	ConnectionErrors uint64 // lost connections and timeouts that the client reported
	FailuresDropped  uint64 // failures that OnFailure was not told of
	Outstanding      int64  // records without an outcome
	OutstandingBytes int64
	OutstandingLimit int64
	FatalError       error // why the client failed for good, until the one that replaces it has written an event
	BatchBytes       int   // largest batch
}

type producerCounts struct {
	abandoned, invalid, backpressure, closed, unsent atomic.Uint64
}

// refused counts an event that was not enqueued.
func (c *producerCounts) refused(outcome error) {
	switch {
	case errors.Is(outcome, ErrInvalid):
		c.invalid.Add(1)
	case errors.Is(outcome, ErrBackpressure):
		c.backpressure.Add(1)
	case errors.Is(outcome, ErrClosed):
		c.closed.Add(1)
	default:
		c.unsent.Add(1)
	}
}

// Stats reads the counters. It is cheap, and safe after Close.
func (p *Producer) Stats() ProducerStats {
	c := p.client.Stats()
	s := ProducerStats{
		Acknowledged: c.Acknowledged, Failed: c.Failed, Abandoned: p.counts.abandoned.Load(),
		Invalid: p.counts.invalid.Load(), Backpressure: p.counts.backpressure.Load(),
		Closed: p.counts.closed.Load(), Unsent: p.counts.unsent.Load(),
		Resent: c.Resent, ConnectionErrors: c.ConnectionErrors,
		Outstanding: c.Outstanding, OutstandingBytes: c.OutstandingBytes,
		OutstandingLimit: c.Limits.Records, BatchBytes: c.Limits.BatchBytes,
		FatalError: p.client.Failure(),
	}
	if p.failures != nil {
		s.FailuresDropped = p.failures.dropped.Load()
	}
	return s
}
