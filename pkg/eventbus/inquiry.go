package eventbus

import (
	"context"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// inquiry is a question to the cluster about logs. It is put by an admin client
// that shares the consumer's connections, so that the owner need not wait for it.
type inquiry struct {
	topics     []string               // whose ids are asked for; none: not asked
	committed  []kafka.TopicPartition // of which the group's offsets are asked for
	watermarks []kafka.TopicPartition

	starts  []string  // topics of which it is asked where the group begins
	startAt time.Time // zero: at the end
}

// logFacts answer an inquiry.
type logFacts struct {
	idsAsked bool
	ids      kafkaclient.TopicIDs
	idsErr   error

	starts       map[string]*groupStart
	committed    []kafka.TopicPartition // each with its own Error
	watermarks   []kafkaclient.Watermarks
	positionsErr error // of those two
}

func (q inquiry) ask(ctx context.Context, admin *kafka.AdminClient, group string) (f logFacts) {
	if f.idsAsked = len(q.topics) > 0; f.idsAsked {
		f.ids, f.idsErr = kafkaclient.TopicIDsOf(ctx, admin, q.topics)
	}
	// Before the watermarks: a log's end that is asked for later is not below a start.
	for _, topic := range q.starts {
		if f.starts == nil {
			f.starts = map[string]*groupStart{}
		}
		g := &groupStart{}
		g.GroupStart, g.err = kafkaclient.StartOf(ctx, admin, group, topic, q.startAt)
		f.starts[topic] = g
	}
	if len(q.committed) > 0 {
		f.committed, f.positionsErr = kafkaclient.CommittedOf(ctx, admin, group, q.committed)
	}
	if len(q.watermarks) > 0 && f.positionsErr == nil {
		f.watermarks, f.positionsErr = kafkaclient.WatermarksOf(ctx, admin, q.watermarks)
	}
	return f
}

// askNow waits for the answer, but not beyond Run's end.
func (o *owner) askNow(q inquiry, timeout time.Duration) logFacts {
	admin := o.admin
	f, err := ask(o, func() (logFacts, error) {
		ctx, cancel := context.WithTimeout(o.ctx, timeout)
		defer cancel()
		return q.ask(ctx, admin, o.c.cfg.Group), nil
	})
	if err != nil {
		return logFacts{idsErr: err, positionsErr: err}
	}
	return f
}

// askLater puts the question and returns: the answer comes by o.logs.answers.
func (o *owner) askLater(q inquiry) {
	o.logs.asking = true
	o.questions.Add(1)
	admin, questions, answers := o.admin, o.questions, o.logs.answers // of this client
	go func() {
		defer questions.Done()
		ctx, cancel := context.WithTimeout(o.ctx, o.c.questionTimeout())
		defer cancel()
		answers <- q.ask(ctx, admin, o.c.cfg.Group) // there is room: one question at a time
	}()
}

// confirmWithin bounds a question that a rebalance, or the end of Run, waits for.
const confirmWithin = time.Second

// askBriefly waits for the answer, beyond Run's end too.
func (o *owner) askBriefly(q inquiry) (logFacts, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.ctx), confirmWithin)
	defer cancel()
	o.questions.Add(1)
	admin, questions := o.admin, o.questions
	return kafkaclient.Watch(ctx, func() (logFacts, error) {
		defer questions.Done()
		return q.ask(ctx, admin, o.c.cfg.Group), nil
	})
}

// questionTimeout bounds the question for a new assignment's committed offsets,
// and those for the begins of its logs: the poll waits for both.
func (c *Consumer) questionTimeout() time.Duration {
	return min(10*time.Second, c.client.MaxPollInterval()/6)
}

// ask puts a question to a broker, which is not waited for once Run's ctx has
// ended. Close waits for it: no call may be made beside that.
func ask[T any](o *owner, question func() (T, error)) (T, error) {
	if err := o.ctx.Err(); err != nil {
		var none T
		return none, err
	}
	o.questions.Add(1)
	questions := o.questions
	return kafkaclient.Watch(o.ctx, func() (T, error) {
		defer questions.Done()
		return question()
	})
}
