package kafkaclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// defaultPort is the one that clients take for a broker without a port.
const defaultPort = "9092"

// refusedAfter is how long every broker has to refuse: one that is starting listens soon.
const refusedAfter = 1500 * time.Millisecond

// refusedHere says that nothing listens at brokers on this machine, where that is known
// at once: somebody who waits need not wait for the whole timeout to hear that they have
// not started a broker. Brokers elsewhere may be behind what refuses for a while.
func (s *Session) refusedHere(ctx context.Context) error {
	brokers := s.Cluster.conn().Brokers
	if slices.ContainsFunc(brokers, func(b string) bool { return !kafkaconn.OnThisHost(b) }) {
		return nil
	}
	// A refusal comes at once. A dial without an answer is ended late enough not to be
	// one that a busy machine has delayed.
	dialer := net.Dialer{Timeout: s.Timeout / 2}
	for start := time.Now(); ; {
		for _, b := range brokers {
			if _, _, err := net.SplitHostPort(b); err != nil {
				b = net.JoinHostPort(strings.Trim(b, "[]"), defaultPort)
			}
			conn, err := dialer.DialContext(ctx, "tcp", b)
			if err == nil {
				_ = conn.Close() // nothing was written
			}
			if !errors.Is(err, syscall.ECONNREFUSED) {
				return ctx.Err() // it listens, or what is wrong is told by the client
			}
		}
		if time.Since(start) >= min(refusedAfter, s.Timeout/2) {
			return fmt.Errorf("%s: nothing listens at %s: the connection is refused: start a broker there (eventctl broker does), or correct the address",
				s.Cluster.Named("Brokers"), strings.Join(brokers, ", "))
		}
		pause := time.NewTimer(firstAttempt / 5)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}
