package eventbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/refusal"
)

// probeWatch is how much longer than its own timeout a client call may take
// before it is left to its goroutine.
const probeWatch = 200 * time.Millisecond

// watched runs a client call that may block on a goroutine of its own, and
// stops waiting for it probeWatch after ctx ended. The call itself must end by
// its own timeout.
func watched[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		v, err := call()
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	}
	late := time.NewTimer(probeWatch)
	defer late.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-late.C:
		var none T
		return none, ctx.Err()
	}
}

// metadataClient is a producer, a consumer or an admin client.
type metadataClient interface {
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

// probeBrokers waits for a broker's answer until ctx, which needs a deadline,
// ends, or until it is clear that none will come. look is called after every
// attempt that failed, to note in causes what the client saw.
func probeBrokers(ctx context.Context, client metadataClient, s security, causes *refusal.Causes, look func()) error {
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
		_, err := watched(ctx, func() (*kafka.Metadata, error) {
			return client.GetMetadata(nil, false, limit)
		})
		if err == nil {
			return nil
		}
		look()
		over := ctx.Err() != nil || remaining(ctx) <= reserve || causes.Decided() >= decidedAfter
		if over || time.Since(start) >= lookAfter {
			sure, why := unanswered(ctx, s, causes, over, err)
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
				s.named("Brokers"), strings.Join(s.brokers, ", "), time.Since(start).Round(100*time.Millisecond), err)
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
func unanswered(ctx context.Context, s security, causes *refusal.Causes, over bool, err error) (sure bool, why error) {
	if failed := s.tokens.failure(over); failed != nil {
		return true, tokenless(s, failed)
	}
	cause, ok := causes.Last()
	if !ok && !errors.As(err, &cause) {
		return false, nil
	}
	return s.client().Explain(ctx, cause)
}

// tokenless is the error of a client that has no token to ask a broker with.
func tokenless(s security, failed error) error {
	return configProblem(s.named("SASL.Token"), "%w: no broker can be asked without a token", failed)
}

// remaining is what ctx leaves, in milliseconds, at least 1.
func remaining(ctx context.Context) int {
	deadline, ok := ctx.Deadline()
	if !ok {
		return int(defaultConnectTimeout.Milliseconds())
	}
	return max(1, int(time.Until(deadline).Milliseconds()))
}

// probedTopic is what the cluster says about a topic.
type probedTopic struct {
	Partitions int
	Err        error // it does not exist, or may not be seen

	// Operations that the client may do, if Known: old brokers and some
	// configurations do not tell.
	Operations []kafka.ACLOperation
	Known      bool
}

// allows reports whether the cluster lets the client do op, as far as it tells.
func (t probedTopic) allows(op kafka.ACLOperation) bool {
	return !t.Known || slices.Contains(t.Operations, op) || slices.Contains(t.Operations, kafka.ACLOperationAll)
}

// problem is what is wrong with the topic for a client that needs op on it.
func (t probedTopic) problem(s security, name string, op kafka.ACLOperation) error {
	switch {
	case t.Err != nil:
		return s.client().Denied(t.Err, op, name, "")
	case !t.allows(op):
		return s.client().Missing(refusal.Right{Operation: op, Resource: refusal.Topic, Name: name}, nil)
	}
	return nil
}

// probeTopics asks the cluster about topics. A topic that does not exist is in
// the answer, with an error that says how to create it.
func probeTopics(ctx context.Context, admin *kafka.AdminClient, topics []string) (map[string]probedTopic, error) {
	res, err := watched(ctx, func() (kafka.DescribeTopicsResult, error) {
		return admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(topics),
			kafka.SetAdminOptionIncludeAuthorizedOperations(true))
	})
	if err != nil {
		return nil, fmt.Errorf("ask about topics %s: %w", strings.Join(topics, ", "), err)
	}
	out := make(map[string]probedTopic, len(topics))
	for _, d := range res.TopicDescriptions {
		t := probedTopic{Partitions: len(d.Partitions), Operations: d.AuthorizedOperations, Known: len(d.AuthorizedOperations) > 0}
		switch code := d.Error.Code(); {
		case code == kafka.ErrNoError:
		case isUnknownTopic(code):
			t.Err = missingTopic(d.Name)
		case code == kafka.ErrTopicAuthorizationFailed:
			t.Err = d.Error // who may read or write may see it
		default:
			t.Err = fmt.Errorf("topic %q: %w", d.Name, d.Error)
		}
		out[d.Name] = t
	}
	for _, name := range topics {
		if _, ok := out[name]; !ok {
			out[name] = probedTopic{Err: fmt.Errorf("topic %q: the cluster did not answer for it", name)}
		}
	}
	return out, nil
}

// probeMaxBytes asks for the topics' max.message.bytes. It needs the right to
// describe configurations.
func probeMaxBytes(ctx context.Context, admin *kafka.AdminClient, topics []string) (map[string]int, error) {
	resources := make([]kafka.ConfigResource, len(topics))
	for i, name := range topics {
		resources[i] = kafka.ConfigResource{Type: kafka.ResourceTopic, Name: name}
	}
	results, err := watched(ctx, func() ([]kafka.ConfigResourceResult, error) {
		return admin.DescribeConfigs(ctx, resources)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the configurations of %s: %w", strings.Join(topics, ", "), err)
	}
	out := make(map[string]int, len(topics))
	for _, r := range results {
		if r.Error.Code() != kafka.ErrNoError {
			return nil, fmt.Errorf("configuration of topic %q: %w", r.Name, r.Error)
		}
		if n, err := strconv.Atoi(r.Config["max.message.bytes"].Value); err == nil && n > 0 {
			out[r.Name] = n
		}
	}
	return out, nil
}

// groupProbe bounds the question about a group: a coordinator may be away for
// longer, and Run finds out as well.
const groupProbe = 2 * time.Second

// probeGroup asks whether the client may be a member of a group. It returns the
// problem, or nil if there is none or the cluster does not tell.
func probeGroup(ctx context.Context, admin *kafka.AdminClient, s security, group string) error {
	res, err := watched(ctx, func() (kafka.DescribeConsumerGroupsResult, error) {
		return admin.DescribeConsumerGroups(ctx, []string{group}, kafka.SetAdminOptionIncludeAuthorizedOperations(true))
	})
	if err != nil {
		return nil //nolint:nilerr // Run finds out
	}
	for _, d := range res.ConsumerGroupDescriptions {
		if d.Error.Code() == kafka.ErrGroupAuthorizationFailed {
			return s.client().Denied(d.Error, kafka.ACLOperationRead, "", group)
		}
		t := probedTopic{Operations: d.AuthorizedOperations, Known: len(d.AuthorizedOperations) > 0}
		if d.Error.Code() == kafka.ErrNoError && !t.allows(kafka.ACLOperationRead) {
			return s.client().Missing(refusal.Right{Operation: kafka.ACLOperationRead, Resource: refusal.Group, Name: group}, nil)
		}
	}
	return nil
}
