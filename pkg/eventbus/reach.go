package eventbus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// reach is what the last question about the subscribed topics has shown.
type reach struct {
	unanswered time.Time // since when no broker answers; zero: one does
	why        string
	denied     []string // topics that may not be read
	whyDenied  string
}

// tellReach notes for Health whether brokers answer, and let the topics be read. Without an
// answer, or a right, it is asked again soon.
func (o *owner) tellReach(f logFacts) {
	before, now := reach{}, reach{}
	if p := o.reach.Load(); p != nil {
		before = *p
	}
	if f.idsErr != nil {
		now = before
		now.why = f.idsErr.Error()
		if before.unanswered.IsZero() {
			now.unanswered = o.logs.asked
		}
	} else if now.denied = f.ids.Denied; len(now.denied) > 0 {
		err := kafka.NewError(kafka.ErrTopicAuthorizationFailed, "", false)
		now.whyDenied = o.c.client.Cluster.Denied(err, kafka.ACLOperationRead, strings.Join(now.denied, ","), o.c.cfg.Group).Error()
		if !slices.Equal(now.denied, before.denied) {
			o.c.logger.Error("the right to read a topic is gone: nothing of it is handled", "group", o.c.cfg.Group, "topics", now.denied, "error", now.whyDenied)
		}
	}
	o.logs.urgent = o.logs.urgent || f.idsErr != nil || len(now.denied) > 0
	o.reach.Store(&now)
}

func (r *runState) unreachable(now time.Time) []HealthReason {
	p := r.reach.Load()
	if p == nil {
		return nil
	}
	var out []HealthReason
	if !p.unanswered.IsZero() {
		out = append(out, HealthReason{Code: HealthUnreachable, Detail: fmt.Sprintf("no broker has answered for %s: %s", now.Sub(p.unanswered).Round(time.Second), p.why)})
	}
	for _, topic := range p.denied {
		out = append(out, HealthReason{Code: HealthDenied, Topic: topic, Detail: p.whyDenied})
	}
	return out
}
