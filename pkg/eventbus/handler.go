package eventbus

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// HandlerFunc handles one event. What it returns decides:
//
//   - nil: the event is handled, and its offset may be committed.
//   - [Permanent]: no retry can help; the record becomes a dead letter now.
//   - [Skip]: the event is settled without effect, and counted.
//   - [RetryAfter]: try again after that time.
//   - any other error: try again as the [RetryPolicy] says, then dead letter.
//
// An error that is returned after ctx was cancelled by the end of an assignment
// or of Run settles nothing: the record is delivered again.
type HandlerFunc func(ctx context.Context, msg proto.Message) error

// Middleware wraps every handler of a consumer, for logging, metrics and
// tracing. It runs once per attempt, inside the handler's timeout and panic
// guard, and after decoding and validation. Retry and dead letters are not
// middleware: they are part of the consumer.
type Middleware func(HandlerFunc) HandlerFunc

// Handler is one handler of a consumer, made by [Handle], [HandleMessage],
// [HandleTombstone] or [HandleTombstoneMessage].
type Handler struct {
	target    proto.Message // carries the contract
	handle    HandlerFunc
	tombstone func(ctx context.Context, key string) error
	options   handlerOptions
}

// Handle makes a handler of the events of M's contract. Records of the other
// majors of the event are converted to M. f gets the bare message;
// event.MetadataFrom(ctx) and [DeliveryFrom] tell the rest. It is called from
// several goroutines, for one key never from two at once, and may keep or
// change the message.
func Handle[M proto.Message](f func(ctx context.Context, msg M) error, opts ...HandlerOption) Handler {
	var target M
	h := Handler{target: target, options: newHandlerOptions(opts)}
	if f != nil {
		h.handle = func(ctx context.Context, msg proto.Message) error { return f(ctx, msg.(M)) }
	}
	return h
}

// HandleMessage makes a handler of the events of msg's contract, of which only the type
// counts. It is for programs that have no Go type of the event, such as a gateway whose
// contracts are compiled at run time: the messages are of the type that the consumer's
// Registry has. All others use [Handle].
func HandleMessage(msg proto.Message, f HandlerFunc, opts ...HandlerOption) Handler {
	return Handler{target: msg, handle: f, options: newHandlerOptions(opts)}
}

// HandleTombstone makes a handler of the records without value on the topic of
// M's contract, which delete their key on a compacted topic. A tombstone has no
// type, so that a topic has one such handler. It takes its turn among the
// events of its key. Without a handler tombstones are skipped and counted.
func HandleTombstone[M proto.Message](f func(ctx context.Context, key string) error, opts ...HandlerOption) Handler {
	var target M
	return Handler{target: target, tombstone: f, options: newHandlerOptions(opts)}
}

// HandleTombstoneMessage is [HandleTombstone] for programs that have no Go type of the
// event: as of [HandleMessage] only the type of msg counts.
func HandleTombstoneMessage(msg proto.Message, f func(ctx context.Context, key string) error, opts ...HandlerOption) Handler {
	return Handler{target: msg, tombstone: f, options: newHandlerOptions(opts)}
}

// Contract is that of the events which the handler handles, among the linked
// contracts; of a tombstone handler it is the one whose topic it was made for. Its
// error matches event.ErrContract.
func (h Handler) Contract() (*event.Contract, error) { return event.ContractOf(h.target) }

// HandlerOption changes one handler.
type HandlerOption func(*handlerOptions)

type handlerOptions struct {
	retry    *RetryPolicy
	timeout  time.Duration
	redriven RedrivenPolicy

	concurrency int // 0: not limited
}

func newHandlerOptions(opts []HandlerOption) handlerOptions {
	var o handlerOptions
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithRetry sets the handler's retry policy. By default it is that of the
// consumer, whose value each zero field has too: WithRetry(RetryPolicy{MaxAttempts: 3})
// changes the number of attempts alone. An inherited InitialDelay or MaxDelay that does
// not fit the one that is given here gives way.
func WithRetry(p RetryPolicy) HandlerOption {
	return func(o *handlerOptions) { o.retry = &p }
}

// WithConcurrency lets at most n calls of the handler run at once in this consumer, 1 to
// 10000. By default ConsumerConfig.Concurrency alone bounds them, and one slow type may
// occupy all workers. A record that waits for its turn holds no worker, but its key, and
// room within MaxInFlight: behind many of them its partition pauses. When its partition is
// taken back or the consumer stops, it is not waited for: it is delivered again, and
// with it what was handled behind it.
func WithConcurrency(n int) HandlerOption {
	return func(o *handlerOptions) {
		if o.concurrency = n; n == 0 {
			o.concurrency = -1 // refused
		}
	}
}

// WithHandlerTimeout sets when ctx of an attempt ends. By default it is
// ConsumerConfig.HandlerTimeout.
func WithHandlerTimeout(d time.Duration) HandlerOption {
	return func(o *handlerOptions) { o.timeout = d }
}

// RedrivenPolicy says what a handler does with redriven events.
type RedrivenPolicy int

const (
	// AcceptRedriven hands redriven events over like others. It is the default.
	// They are late: newer events of their key may have been handled before, or
	// run beside them, so a handler that overwrites state compares times or
	// versions.
	AcceptRedriven RedrivenPolicy = iota
	// RefuseRedriven dead-letters redriven events again, as permanent.
	RefuseRedriven
)

// WithRedriven sets what the handler does with redriven events. By default it
// accepts them.
func WithRedriven(p RedrivenPolicy) HandlerOption {
	return func(o *handlerOptions) { o.redriven = p }
}
