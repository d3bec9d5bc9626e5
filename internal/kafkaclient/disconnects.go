package kafkaclient

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// unreportedFor is how long after a reported error further ones may go
// unreported: librdkafka suppresses identical errors of a broker for 30 s.
const unreportedFor = 31 * time.Second

// disconnects tells whether a lost connection or a timeout may lie between a
// record's enqueue and its report. If so, a rejection proves nothing: the
// record may have been written by a first attempt whose answer was lost.
type disconnects struct {
	state atomic.Uint64 // the epoch, or 0 while errors may go unreported

	mu      sync.Mutex
	epoch   uint64
	settled *time.Timer // ends the window
	stopped bool
}

func newDisconnects() *disconnects {
	d := &disconnects{epoch: 1}
	d.state.Store(1)
	return d
}

// mark is stored with a record when it is enqueued.
func (d *disconnects) mark() uint64 { return d.state.Load() }

// noneSince reports whether nothing happened since the mark.
func (d *disconnects) noneSince(mark uint64) bool { return mark != 0 && mark == d.state.Load() }

// note begins a new epoch, which starts to count after a window without
// further errors.
func (d *disconnects) note() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	d.epoch++
	d.state.Store(0)
	if d.settled != nil {
		d.settled.Stop()
	}
	epoch := d.epoch
	d.settled = time.AfterFunc(unreportedFor, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.epoch == epoch && !d.stopped {
			d.state.Store(epoch)
		}
	})
}

func (d *disconnects) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	d.state.Store(0)
	if d.settled != nil {
		d.settled.Stop()
	}
}

// isDisconnect reports whether a client error may have cost an answer. A
// connection that could not be made carried no record: one broker that stays
// down must not make every rejection doubtful.
func isDisconnect(err kafka.Error) bool {
	switch err.Code() {
	case kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrSsl:
		return !strings.Contains(err.Error(), "in state CONNECT")
	case kafka.ErrAllBrokersDown, kafka.ErrDestroy:
		return true
	}
	return err.IsFatal()
}
