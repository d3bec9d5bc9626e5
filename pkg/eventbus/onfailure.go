package eventbus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Failure is a PublishAsync that failed.
type Failure struct {
	EventID string
	Type    string

	// Record is what was to be sent: PublishRecord sends the same event again.
	// It is zero if the event could not be encoded.
	Record event.Record

	Err error // as of Publish
}

// failureRoom is how many failures wait for OnFailure.
const failureRoom = 1024

// failureQueue calls OnFailure on a goroutine of its own, so that user code
// never holds up delivery reports.
type failureQueue struct {
	call    func(Failure)
	logger  *slog.Logger
	room    chan Failure
	end     <-chan struct{} // closed when the producer is gone
	ended   chan struct{}
	dropped atomic.Uint64

	mu   sync.Mutex
	shut bool // nobody takes from room any more
}

func newFailureQueue(call func(Failure), logger *slog.Logger, end <-chan struct{}) *failureQueue {
	q := &failureQueue{call: call, logger: logger, room: make(chan Failure, failureRoom), end: end, ended: make(chan struct{})}
	go q.run()
	return q
}

// put never blocks: the lock is held for moments only.
func (q *failureQueue) put(f Failure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.shut {
		select {
		case q.room <- f:
			return
		default:
		}
	}
	q.dropped.Add(1)
}

func (q *failureQueue) run() {
	defer close(q.ended)
	for {
		select {
		case f := <-q.room:
			q.one(f)
		case <-q.end:
			q.mu.Lock()
			q.shut = true
			q.mu.Unlock()
			for {
				select {
				case f := <-q.room:
					q.one(f)
				default:
					return
				}
			}
		}
	}
}

// one survives a panic of OnFailure: the other failures must still be told.
func (q *failureQueue) one(f Failure) {
	defer func() {
		if v := recover(); v != nil {
			q.logger.Error("OnFailure panicked", "event_id", f.EventID, "type", f.Type, "panic", fmt.Sprintf("%T", v), "stack", stack())
		}
	}()
	q.call(f)
}

// wait waits until every failure was told.
func (q *failureQueue) wait(ctx context.Context) error {
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-q.ended:
		return nil
	default:
		return fmt.Errorf("%w: OnFailure has not returned", ErrCloseTimeout)
	}
}

// tell tells OnFailure of a failed PublishAsync.
func (p *Producer) tell(pd *pending, err error) {
	if p.failures != nil {
		p.failures.put(Failure{EventID: pd.out.id, Type: pd.out.typ, Record: pd.out.rec, Err: err})
	}
}
