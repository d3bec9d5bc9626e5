package eventbus

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
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

// probeBrokers waits for a broker's answer until ctx, which needs a deadline,
// ends. lastError tells what the client saw meanwhile.
func probeBrokers(ctx context.Context, client metadataClient, brokers []string, lastError func() *kafka.Error) error {
	start := time.Now()
	_, err := watched(ctx, func() (*kafka.Metadata, error) {
		return client.GetMetadata(nil, false, remaining(ctx))
	})
	if err == nil {
		return nil
	}
	why := err.Error()
	if last := lastError(); last != nil {
		why = last.Error()
	}
	//nolint:staticcheck // it starts with the name of the config field
	return fmt.Errorf("Brokers: no answer from %s within %s: check the addresses, that the cluster runs, and the TLS and SASL settings: %s: %w",
		strings.Join(brokers, ", "), time.Since(start).Round(100*time.Millisecond), why, err)
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
			t.Err = fmt.Errorf("topic %q: no right to see it: grant DESCRIBE on it to this service's principal: %w", d.Name, d.Error)
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
