package kafkaclient

import (
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Send enqueues msg as it is and calls done with its outcome: on the goroutine
// that drains reports, so done must not block. It takes room without a limit; its
// callers have few records outstanding. msg may be used again once done is called.
//
// The error given to done matches ErrRejected or ErrIndeterminate. An error of
// Send itself means that nothing was enqueued and done is not called: it matches
// ErrClosed, ErrRejected (a topic known not to exist, a record too large),
// ErrBackpressure (the queue is full: try again) or ErrIndeterminate (the client
// failed for good).
func (p *Producer) Send(msg *kafka.Message, done func(partition int32, offset int64, err error)) error {
	turn, ok := p.Enter()
	if !ok {
		return ErrClosed
	}
	defer turn.Leave()
	s := &sent{msg: *msg, done: done}
	s.Size, s.once = RecordSize(msg), true
	p.budget.add(1, s.Size)
	scratch := *msg
	if err := p.produce(turn.link, &scratch, s); err != nil {
		p.budget.give(1, s.Size)
		return fmt.Errorf("%w: %w", notEnqueued(err), err)
	}
	return nil
}

// sent is one record of Send.
type sent struct {
	Entry

	msg  kafka.Message
	done func(int32, int64, error)
}

func (s *sent) Fill(msg *kafka.Message) { *msg = s.msg }

func (s *sent) Settle(r Report) { s.done(r.Partition, r.Offset, outcomeError(r.Err, r.Only)) }
