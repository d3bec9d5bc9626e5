package token

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Mailbox holds the tokens of a client that only one goroutine may call: the
// newest one waits there until that goroutine takes it.
type Mailbox struct {
	answers chan answer
	stop    context.CancelFunc
	stopped chan struct{}
}

type answer struct {
	token kafka.OAuthBearerToken
	err   error
}

// NewMailbox begins to ask s, which may be nil, for tokens.
func NewMailbox(s *Source) *Mailbox {
	ctx, cancel := context.WithCancel(context.Background())
	m := &Mailbox{answers: make(chan answer, 1), stop: cancel, stopped: make(chan struct{})}
	go func() {
		defer close(m.stopped)
		if s == nil {
			return
		}
		s.Serve(ctx, func(t kafka.OAuthBearerToken, err error) {
			select {
			case <-m.answers: // nobody has taken it
			default:
			}
			m.answers <- answer{t, err} // nobody else sends
		})
	}()
	return m
}

// Deliver gives client what has come since the last call, if anything has.
func (m *Mailbox) Deliver(client Client) error {
	select {
	case a := <-m.answers:
		return Give(client, a.token, a.err)
	default:
		return nil
	}
}

// Close stops asking, and waits for a call that is under way.
func (m *Mailbox) Close() {
	m.stop()
	<-m.stopped
}
