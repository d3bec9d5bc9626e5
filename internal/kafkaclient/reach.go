package kafkaclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/diagnose"
)

// MetadataClient is a producer, a consumer or an admin client.
type MetadataClient interface {
	GetMetadata(topic *string, allTopics bool, timeoutMs int) (*kafka.Metadata, error)
}

const (
	// firstAttempt is how long the first question to the brokers may take; each
	// further one has as long as all before it together, up to longestAttempt.
	firstAttempt   = 500 * time.Millisecond
	longestAttempt = 2 * time.Second

	// decidedAfter is how long a refusal must last: a cluster that has just
	// started may not know its users yet.
	decidedAfter = 2 * time.Second
)

// Reach waits for a broker's answer until ctx, which needs a deadline,
// ends, or until it is clear that none will come. look is called after every
// attempt that failed, to note in causes what the client saw.
func (c *Cluster) Reach(ctx context.Context, client MetadataClient, causes *diagnose.Causes, look func()) error {
	start := time.Now()
	whole := remaining(ctx)
	reserve := max(1, min(whole-4000, 2000)) // of a wait that is long enough, to say why
	lookAfter := min(decidedAfter, time.Duration(whole)*time.Millisecond/2)
	var suspected error // why there may be no answer
	for {
		began := time.Now()
		attempt := min(max(firstAttempt, began.Sub(start)), longestAttempt)
		if d := causes.Decided(); d > 0 {
			attempt = max(firstAttempt/10, min(attempt, decidedAfter-d))
		}
		limit := max(1, min(int(attempt.Milliseconds()), remaining(ctx)-reserve))
		// ctx and not the attempt is watched: no other call may be made beside it.
		_, err := Watch(ctx, func() (*kafka.Metadata, error) {
			return client.GetMetadata(nil, false, limit)
		})
		if err == nil {
			return nil
		}
		look()
		over := ctx.Err() != nil || remaining(ctx) <= reserve || causes.Decided() >= decidedAfter
		if over || time.Since(start) >= lookAfter {
			sure, why := c.unanswered(ctx, causes, over, err)
			suspected = cmp.Or(why, suspected)
			if suspected != nil && (over || sure) {
				return suspected
			}
		}
		if over {
			if last, ok := causes.Last(); ok {
				err = fmt.Errorf("%w: %w", last, err)
			}
			return fmt.Errorf("%s: no answer from %s within %s: check the addresses, that the cluster runs, and the TLS and SASL settings: %w",
				c.Named("Brokers"), strings.Join(c.Brokers(), ", "), time.Since(start).Round(100*time.Millisecond), err)
		}
		// An attempt may fail at once.
		pause := time.NewTimer(firstAttempt/10 - time.Since(began))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

// unanswered says whether waiting is of no use, and why no broker answered; nil
// if that is not known.
func (c *Cluster) unanswered(ctx context.Context, causes *diagnose.Causes, over bool, err error) (sure bool, why error) {
	if failed := c.tokens.Failure(over); failed != nil {
		return true, c.withoutToken(failed)
	}
	cause, ok := causes.Last()
	if !ok && !errors.As(err, &cause) {
		return false, nil
	}
	return c.Identity().Explain(ctx, cause)
}

// withoutToken is the error of a client that has no token to ask a broker with.
func (c *Cluster) withoutToken(failed error) error {
	return config.Problemf(c.Named("SASL.Token"), "%w: no broker can be asked without a token", failed)
}

// remaining is what ctx leaves, in milliseconds, at least 1.
func remaining(ctx context.Context) int {
	deadline, ok := ctx.Deadline()
	if !ok {
		return int(DefaultConnectTimeout.Milliseconds())
	}
	return max(1, int(time.Until(deadline).Milliseconds()))
}
