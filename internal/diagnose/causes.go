package diagnose

import (
	"fmt"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Causes are the errors that a client told while it had no connection.
type Causes struct {
	mu    sync.Mutex
	err   kafka.Error
	rank  int
	since time.Time // when the first of the highest rank came

	last   kafka.Error
	lastAt time.Time
}

// How much an error tells.
const (
	unreached = iota + 1 // of all brokers, without a reason
	lost                 // of one broker
	decided              // by a broker, in so many words: a retry changes nothing
)

func rankOf(err kafka.Error) int {
	switch err.Code() {
	case kafka.ErrAuthentication, kafka.ErrSaslAuthenticationFailed, kafka.ErrUnsupportedSaslMechanism:
		if tokenless(err) {
			return lost // no broker was asked
		}
		return decided
	case kafka.ErrAllBrokersDown:
		return unreached
	}
	return lost
}

// Note takes an error event.
func (c *Causes) Note(err kafka.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rank := rankOf(err)
	// That all brokers are down follows the reason why.
	if rank > unreached || time.Since(c.lastAt) > recent {
		c.last, c.lastAt = err, time.Now()
	}
	if rank < c.rank {
		return
	}
	if rank > c.rank {
		c.since = time.Now()
	}
	c.err, c.rank = err, rank
}

// Last is the error that tells most; ok is false if there is none.
func (c *Causes) Last() (err kafka.Error, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err, c.rank > 0
}

// recent is longer than the client keeps an error to itself that it has just
// told: 30 s.
const recent = 40 * time.Second

// Recent adds to err, which only says that time has run out, what the client
// told lately. It is the reason, or was until a moment ago.
func (c *Causes) Recent(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lastAt.IsZero() || time.Since(c.lastAt) > recent {
		return err
	}
	return fmt.Errorf("%w (the Kafka client's last error, %s ago: %w)", err, time.Since(c.lastAt).Round(100*time.Millisecond), c.last)
}

// Decided reports for how long the client has known that a retry changes
// nothing; 0 if it may.
func (c *Causes) Decided() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rank < decided {
		return 0
	}
	return max(time.Since(c.since), 1)
}
