package eventbus

import (
	"context"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// close waits up to timeout for what is outstanding, and releases the client.
func (p *rawProducer) close(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return p.shutdown(ctx)
}

// shutdown refuses new records, waits for the reports of the outstanding ones
// until ctx ends, gives up on the others, and releases the client. It returns
// within closeGrace of ctx's end; the client's own end, which may take longer,
// goes on on the goroutine that owns it. Calls beside and after the first one
// wait for the same end.
func (p *rawProducer) shutdown(ctx context.Context) error {
	p.closeOnce.Do(func() {
		p.gate.shut()
		go p.finish()
	})
	select {
	case <-p.flushed:
	case <-ctx.Done():
		return p.giveUp(closeGrace)
	}
	late := time.NewTimer(p.closeTimeout)
	defer late.Stop()
	select {
	case <-p.dead:
		return p.closeErr
	case <-late.C:
		return fmt.Errorf("%w: the Kafka client is still closing after %s", ErrCloseTimeout, p.closeTimeout)
	case <-ctx.Done():
		return p.giveUp(closeGrace)
	}
}

// giveUp makes everything outstanding indeterminate and waits a moment for the
// client's end.
func (p *rawProducer) giveUp(grace time.Duration) error {
	p.abortOnce.Do(func() { close(p.abort) })
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.dead:
		return p.closeErr
	case <-late.C:
		return fmt.Errorf("%w: %d records have no outcome, and the Kafka client is still closing", ErrCloseTimeout, p.budget.records.Load())
	}
}

// finish owns the client's end: everything in it may block.
func (p *rawProducer) finish() {
	select {
	case <-p.gate.empty:
	case <-p.abort:
	}
	if !p.budget.idle(p.abort, nil) {
		n := p.budget.records.Load()
		// Each purged record is reported, so that nobody waits for it.
		if err := p.client.Purge(kafka.PurgeQueue | kafka.PurgeInFlight); err != nil {
			p.logger.Warn("purging what is outstanding failed", "error", err)
		}
		moment := make(chan struct{})
		timer := time.AfterFunc(closeGrace/2, func() { close(moment) })
		p.budget.idle(moment, nil)
		timer.Stop()
		p.closeErr = fmt.Errorf("%w: %d records were given up and have an unknown outcome", ErrCloseTimeout, n)
	}
	close(p.flushed)
	<-p.gate.empty // a produce call beside the destruction would use freed memory
	p.client.Close()
	p.trouble.stop()
	p.goroutines.Wait()
	close(p.dead)
}

// flush waits until nothing is outstanding. The client's own Flush can return
// early and ignore its timeout, so reports are counted here.
func (p *rawProducer) flush(ctx context.Context) error {
	if p.budget.idle(ctx.Done(), p.dead) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("flush: %d records outstanding: %w", p.budget.records.Load(), err)
	}
	return fmt.Errorf("flush: %w", ErrClosed)
}
