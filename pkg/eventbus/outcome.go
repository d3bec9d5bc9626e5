package eventbus

import (
	"errors"
	"fmt"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/disclosure"
)

// Permanent wraps err so that the record becomes a dead letter at once. A nil
// err stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return "permanent: " + e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// RetryAfter wraps err so that the next attempt comes after d instead of the
// policy's delay. It counts as an attempt, and the wait counts for MaxElapsed:
// one that goes beyond it makes the record a dead letter now. A nil err stays
// nil.
func RetryAfter(d time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &retryAfterError{after: max(d, 0), err: err}
}

type retryAfterError struct {
	after time.Duration
	err   error
}

func (e *retryAfterError) Error() string { return fmt.Sprintf("retry after %s: %s", e.after, e.err) }
func (e *retryAfterError) Unwrap() error { return e.err }

// Skip settles the event without effect: it is neither handled nor dead, and is
// counted. The reason is logged, as an error's text would be: see [Public].
func Skip(reason string) error { return &skipError{reason} }

type skipError struct{ reason string }

func (e *skipError) Error() string { return "skip: " + e.reason }

// panicError is a handler that panicked or ended its goroutine.
type panicError struct {
	what  string
	value any // of the panic
}

func (e *panicError) Error() string {
	if e.value == nil {
		return "the handler " + e.what
	}
	return "the handler " + e.what + ": " + fmt.Sprint(e.value)
}

// failure is a handler's error, read once. The error's methods are the user's.
type failure struct {
	err       error  // nil: the handler succeeded
	text      string // what may be shown of it
	permanent bool
	skip      bool
	panicked  bool
	after     *time.Duration // by RetryAfter
}

// readFailure reads err. Closed says that the handler has seen an event that may have
// personal or secret values, so that only parts of err's text may be shown. It panics
// if one of err's methods other than Error does: fmt guards that one, which is called
// on nil pointers all too easily.
func readFailure(err error, closed bool) failure {
	f := failure{err: err}
	var (
		permanent *permanentError
		skip      *skipError
		panicked  *panicError
		after     *retryAfterError
	)
	f.permanent, f.skip, f.panicked = errors.As(err, &permanent), errors.As(err, &skip), errors.As(err, &panicked)
	if errors.As(err, &after) {
		f.after = &after.after
	}
	switch {
	case !closed:
		f.text = disclosure.WholeText(err)
	case f.panicked:
		f.text = panicked.closedText()
	default:
		f.text = disclosure.ErrorText(err)
	}
	return f
}

// closedText is what may be shown of a panic whose value may quote the event.
func (e *panicError) closedText() string {
	text := "the handler " + e.what
	if err, ok := e.value.(error); ok {
		return text + ": " + disclosure.ErrorText(err)
	}
	if e.value != nil {
		text += fmt.Sprintf(" with a %T (%s)", e.value, disclosure.Withheld)
	}
	return text
}

var (
	// ErrPartitionLost is the cause (context.Cause) of a handler's cancelled ctx
	// when its partition has gone to another member of the group: what the
	// handler has not finished is delivered there.
	ErrPartitionLost = errors.New("the partition was lost to another member of the group")

	// ErrStopping is the cause of a handler's cancelled ctx when Run's time to
	// drain is over.
	ErrStopping = errors.New("the consumer is stopping")
)
