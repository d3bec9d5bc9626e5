package eventbus

import (
	"context"
	"errors"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Publication is one call of a [Producer]'s Publish, PublishBatch, PublishAsync,
// PublishRecord or PublishTombstone.
type Publication struct {
	// Outs are the events, with their options, before anything of them is checked; of
	// PublishTombstone it is the message with the key. It is empty for PublishRecord.
	Outs []Out

	// Record is that of PublishRecord.
	Record *event.Record

	Async     bool // of PublishAsync: next returns once the event is enqueued
	Tombstone bool // of PublishTombstone

	pending *Pending
}

// PublishFunc publishes, and returns one result for each of Outs, in order, or one for
// Record.
type PublishFunc func(ctx context.Context, p Publication) []Result

// PublishMiddleware wraps every publish of a producer, for logging, metrics and tracing.
// It may give next another ctx, such as one with a trace (event.ContextWithTrace), and
// Outs with further options, in a slice of its own: the given one is the caller's. It may call next
// not at all, and return results with errors of its own, which reach the caller as they are. It
// runs on the goroutine of the call; a panic is the caller's.
//
// Around PublishAsync the results of next say only whether the event was refused:
// their receipts are zero. The outcome is told by the Pending and OnFailure. next may be
// called once there.
type PublishMiddleware func(next PublishFunc) PublishFunc

// wrapPublish is what the producer's calls go through if there is any middleware; the
// first is the outermost.
func (p *Producer) wrapPublish(list []PublishMiddleware) {
	if len(list) == 0 {
		return
	}
	p.wrapped = p.publishOne
	for i := len(list) - 1; i >= 0; i-- {
		p.wrapped = list[i](p.wrapped)
	}
}

// publishOne is the innermost PublishFunc.
func (p *Producer) publishOne(ctx context.Context, pub Publication) []Result {
	switch {
	case pub.Async:
		if pub.pending == nil || !pub.pending.begin(pub.Outs) {
			return []Result{{Err: errNextTwice}}
		}
		p.enqueueAsync(ctx, pub.pending)
		if pd := &pub.pending.send[0]; pd.unsent != nil {
			return []Result{{Err: pd.unsent}}
		}
		return []Result{{}}
	case pub.Record != nil:
		results := make([]Result, 1)
		p.publish(ctx, newBatch(1), results, &encodedRecord{p, *pub.Record})
		return results
	case pub.Tombstone && len(pub.Outs) == 1:
		results := make([]Result, 1)
		p.publish(ctx, newBatch(1), results, &tombstone{p, pub.Outs[0].Message})
		return results
	}
	results := make([]Result, len(pub.Outs))
	p.publishBatch(ctx, results, pub.Outs)
	return results
}

var (
	errNextTwice = errors.New("a publish middleware called next twice, or with another number of events, around PublishAsync")
	errNoResult  = errors.New("a publish middleware returned no result for the event: its outcome is unknown")
)

// throughMiddleware publishes, and fills results with as many as it has room for.
func (p *Producer) throughMiddleware(ctx context.Context, results []Result, pub Publication) {
	n := copy(results, p.wrapped(ctx, pub))
	for i := n; i < len(results); i++ {
		results[i].Err = errNoResult
	}
}
