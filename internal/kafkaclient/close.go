package kafkaclient

import (
	"context"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// closeGrace is what a close may take beyond its ctx.
const closeGrace = 100 * time.Millisecond

// Close refuses new records, waits for the reports of the outstanding ones
// until ctx ends, gives up on the others, and releases the client. It returns
// within closeGrace of ctx's end; the client's own end, which may take longer,
// goes on on the goroutine that owns it. Calls beside and after the first one
// wait for the same end.
func (p *Producer) Close(ctx context.Context) error {
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
	case <-p.released:
		return p.closeErr
	case <-late.C:
		return fmt.Errorf("%w: the Kafka client is still closing after %s", ErrCloseTimeout, p.closeTimeout)
	case <-ctx.Done():
		return p.giveUp(closeGrace)
	}
}

// giveUp makes everything outstanding indeterminate and waits a moment for the
// client's end.
func (p *Producer) giveUp(grace time.Duration) error {
	p.giveUpOnce.Do(func() { close(p.givenUp) })
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.released:
		return p.closeErr
	case <-late.C:
		return fmt.Errorf("%w: %d records have an unknown outcome, and the Kafka client is still closing in the background: the cluster does not answer in time", ErrCloseTimeout, p.budget.records.Load())
	}
}

// finish owns the client's end: everything in it may block.
func (p *Producer) finish() {
	select {
	case <-p.gate.empty:
	case <-p.givenUp:
	}
	gaveUp := !p.budget.idle(p.givenUp, nil)
	if gaveUp {
		n := p.budget.records.Load()
		p.alone.Lock()   // what is sent alone is in the client, or never will be
		p.alone.Unlock() //nolint:staticcheck // the section is empty on purpose: it is a barrier
		p.purge(closeGrace)
		p.closeErr = fmt.Errorf("%w: %d records were given up and have an unknown outcome", ErrCloseTimeout, n)
	}
	close(p.flushed)
	<-p.gate.empty // a produce call beside the destruction would use freed memory
	if gaveUp {
		p.purge(closeGrace) // what was enqueued beside the first purge
	}
	p.stopTokens()
	<-p.tokensEnded // a token beside the destruction would use freed memory
	<-p.watched
	p.link.Load().destroy()
	p.goroutines.Wait()
	close(p.released)
}

// purge gives up what is outstanding, and waits for the reports that this makes,
// so that nobody waits for an outcome.
func (p *Producer) purge(most time.Duration) {
	if p.budget.records.Load() == 0 {
		return
	}
	l := p.link.Load()
	if !l.users.enter() {
		return // it is gone, and so is what it had
	}
	defer l.users.leave()
	if err := l.client.Purge(kafka.PurgeQueue | kafka.PurgeInFlight); err != nil {
		p.logger.Warn("purging what is outstanding failed", "error", err)
	}
	moment := make(chan struct{})
	timer := time.AfterFunc(most, func() { close(moment) })
	defer timer.Stop()
	p.budget.idle(moment, nil)
}

// Flush waits until nothing is outstanding. The client's own Flush can return
// early and ignore its timeout, so reports are counted here.
func (p *Producer) Flush(ctx context.Context) error {
	if p.budget.idle(ctx.Done(), p.released) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("flush: %d records outstanding: %w", p.budget.records.Load(), err)
	}
	return fmt.Errorf("flush: %w", ErrClosed)
}
