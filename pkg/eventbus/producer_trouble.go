package eventbus

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// troubleWindow is how long after a reported error further ones may go
// unreported: librdkafka suppresses identical errors of a broker for 30 s.
const troubleWindow = 31 * time.Second

// trouble tells whether a lost connection or a timeout may lie between a
// record's enqueue and its report. If so, a rejection proves nothing: the
// record may have been written by a first attempt whose answer was lost.
type trouble struct {
	state atomic.Uint64 // the epoch, or 0 while errors may go unreported

	mu      sync.Mutex
	epoch   uint64
	calm    *time.Timer
	stopped bool
}

func newTrouble() *trouble {
	t := &trouble{epoch: 1}
	t.state.Store(1)
	return t
}

// mark is stored with a record when it is enqueued.
func (t *trouble) mark() uint64 { return t.state.Load() }

// clean reports whether nothing happened since the mark.
func (t *trouble) clean(mark uint64) bool { return mark != 0 && mark == t.state.Load() }

// note begins a new epoch, which starts to count after a window without
// further errors.
func (t *trouble) note() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.epoch++
	t.state.Store(0)
	if t.calm != nil {
		t.calm.Stop()
	}
	epoch := t.epoch
	t.calm = time.AfterFunc(troubleWindow, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.epoch == epoch && !t.stopped {
			t.state.Store(epoch)
		}
	})
}

func (t *trouble) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.state.Store(0)
	if t.calm != nil {
		t.calm.Stop()
	}
}

// isTrouble reports whether a client error may have cost an answer. A
// connection that could not be made carried no record: one broker that stays
// down must not make every rejection doubtful.
func isTrouble(err kafka.Error) bool {
	switch err.Code() {
	case kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrSsl:
		return !strings.Contains(err.Error(), "in state CONNECT")
	case kafka.ErrAllBrokersDown, kafka.ErrDestroy:
		return true
	}
	return err.IsFatal()
}
