package eventbus

import (
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// shutdown ends Run. cause is nil if ctx has ended, at now: then what has
// started is waited for; otherwise the client cannot go on and nothing is.
func (o *owner) shutdown(cause error, now time.Time) error {
	c := o.c
	deadline := now.Add(c.cfg.ShutdownTimeout)
	o.phase = phaseStopping
	var out []error
	if cause == nil {
		for _, a := range o.assignments.list {
			a.flow.Fence()
		}
		o.pause(time.Now()) // which shows in Stats that nothing starts any more
		o.unsettled += o.drain(func() []*assignment { return o.assignments.list }, now.Add(c.untilDrained()), func() bool {
			o.poll(0)
			return o.err == nil
		})
		if o.unsettled > 0 {
			out = append(out, fmt.Errorf("%w: group %q: %d records are not settled after %s and will be delivered again", ErrDrainTimeout, c.cfg.Group, o.unsettled, time.Since(now).Round(time.Millisecond)))
		}
		if o.err != nil { // while draining
			out = append(out, o.err)
		}
		o.confirmNow(o.assignments.list)
		o.store(o.assignments.list)
	} else {
		out = append(out, cause)
		deadline = time.Now().Add(min(c.cfg.ShutdownTimeout, c.cfg.CloseTimeout))
	}
	// Cut first: a handler that gives its record up when its ctx ends would
	// otherwise let the next one of its key start.
	for _, a := range o.assignments.list {
		a.flow.Release()
	}
	o.endHandlers(ErrStopping)
	for _, h := range c.routes.bound {
		h.breaker.Close()
	}
	o.phase = phaseClosing
	o.tokens.Close()
	// Each of these may be held up: by a handler that does not return, by the
	// client. They go on on goroutines of their own when the time is over.
	closed := func(what string, end func() error) {
		if err := endBy(deadline, end); err != nil {
			out = append(out, fmt.Errorf("%s: %w", what, err))
		}
	}
	closed("the Kafka consumer", func() error {
		var err error
		if cause == nil {
			err = o.commitLast(deadline.Add(-lastCommitMargin))
		}
		o.leave()
		o.questions.Wait()
		closing := o.client.Close()
		<-o.logged
		if ke := (kafka.Error{}); cause != nil && errors.As(closing, &ke) && ke.IsFatal() {
			return nil // it is the cause
		}
		return errors.Join(err, closing)
	})
	o.assigned.hide()
	o.c.notices.Flush()
	closed("the producer of dead letters", func() error { return o.letters.close(c.cfg.CloseTimeout) })
	if errors.Join(out...) == nil || cause != nil {
		closed("the handlers", func() error { o.flow.Close(); return nil })
	} else {
		go o.flow.Close() // it waits for handlers that did not finish in time
	}
	return errors.Join(out...)
}

// leave takes a member without partitions out of its group. With a cooperative
// strategy the client's close says nothing for it, and a rebalance that is under
// way, or begins, would wait until its session is over. With partitions the close
// leaves, and a static member stays.
func (o *owner) leave() {
	if !o.c.client.Cooperative() || o.c.client.Static() {
		return
	}
	if own, err := o.client.Assignment(); err == nil && len(own) == 0 {
		_ = o.client.Unsubscribe() // fails for a closed client alone
	}
}

// lastCommitMargin is what the clients' closes have of Run's end at least, when
// the last commit has to wait for a rebalance.
const lastCommitMargin = time.Second

// endGrace is what each end has even when the time is over: most need no more.
const endGrace = 50 * time.Millisecond

// endBy calls end, which may block, on a goroutine of its own, and stops
// waiting for it at deadline: the error then matches ErrCloseTimeout.
func endBy(deadline time.Time, end func() error) error {
	done := make(chan error, 1)
	go func() { done <- end() }()
	late := time.NewTimer(max(time.Until(deadline), endGrace))
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return fmt.Errorf("%w: it is still ending in the background", ErrCloseTimeout)
	}
}
