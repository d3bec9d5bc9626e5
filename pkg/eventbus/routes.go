package eventbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// routes are a consumer's handlers by what they read, and its topics.
type routes struct {
	reader   *event.Reader
	handlers map[protoreflect.FullName]*boundHandler // by the handler's message
	sources  map[string]*source                      // by Kafka topic
	bound    []*boundHandler                         // all, in their order
}

// source is a Kafka topic that the consumer subscribes to.
type source struct {
	name       string
	topic      *event.Topic // whose events it holds
	redrive    bool         // it is the group's own redrive topic
	deadLetter string       // where failures go; "" if there is no such place
	unordered  bool         // nothing handled on it has a key
	tombstone  *boundHandler
}

// boundHandler is a handler with its policies, middleware applied.
type boundHandler struct {
	name     string          // in dead letters and logs
	contract *event.Contract // nil for tombstones
	handle   HandlerFunc
	retry    RetryPolicy
	timeout  time.Duration
	redriven RedrivenPolicy
	closed   bool   // what it handles may be personal or secret, and its errors may quote it
	turns    *turns // nil: not limited
	breaker  *breaker.Breaker
	wasOpen  bool // its breaker, when the owner last looked
}

// routes binds the handlers. Its problems are named by field.
func (c ConsumerConfig) routes() (*routes, []error) {
	r := &routes{handlers: map[protoreflect.FullName]*boundHandler{}, sources: map[string]*source{}}
	var out []error
	bad := func(i int, format string, args ...any) {
		out = append(out, config.Problemf("Handlers", "element %d: "+format, append([]any{i}, args...)...))
	}
	if len(c.Handlers) == 0 {
		out = append(out, config.Problemf("Handlers", "there is none: give at least one Handle or HandleTombstone"))
	}
	var targets []proto.Message
	types := map[[2]string]int{}
	for i, h := range c.Handlers {
		if h.handle == nil && h.tombstone == nil {
			bad(i, "it has no function: make it with Handle, HandleMessage, HandleTombstone or HandleTombstoneMessage")
			continue
		}
		k, err := c.Registry.ContractOf(h.target)
		if err != nil {
			bad(i, "%w", err)
			continue
		}
		b := c.bind(h, k)
		for _, err := range b.problems(h.options) {
			bad(i, "%w", err)
		}
		r.bound = append(r.bound, b)
		src, err := r.source(c, k.Topic)
		if err != nil {
			bad(i, "%w", err)
			continue
		}
		if h.tombstone != nil {
			if src[0].tombstone != nil {
				bad(i, "topic %q has a tombstone handler already", k.Topic.Name)
			}
			for _, s := range src {
				s.tombstone = b
			}
			continue
		}
		id := [2]string{k.Topic.Name, k.Type}
		if first, ok := types[id]; ok {
			bad(i, "element %d handles %s of topic %q already: one handler reads all its majors", first, k.Type, k.Topic.Name)
			continue
		}
		types[id] = i
		targets = append(targets, h.target)
		r.handlers[k.Descriptor.FullName()] = b
		for _, s := range src {
			s.unordered = s.unordered && k.Unkeyed
		}
	}
	if len(targets) > 0 && len(out) == 0 {
		var err error
		if r.reader, err = c.Registry.NewReader(targets, c.Conversions...); err != nil {
			out = append(out, config.Problemf("Handlers", "%w", err))
		}
	}
	return r, out
}

// bind applies defaults and middleware.
func (c ConsumerConfig) bind(h Handler, k *event.Contract) *boundHandler {
	b := &boundHandler{
		name: string(k.Descriptor.FullName()), contract: k, handle: h.handle, retry: c.Retry.withDefaults(),
		timeout: c.HandlerTimeout, redriven: h.options.redriven, closed: c.closed(h, k), turns: newTurns(h.options.concurrency),
		breaker: c.Breaker.withDefaults().breaker(),
	}
	if f := h.tombstone; f != nil {
		b.name, b.contract = "tombstone "+k.Topic.Name, nil
		b.handle = func(ctx context.Context, _ proto.Message) error {
			return f(ctx, deliveryOf(ctx).Key)
		}
	}
	if h.options.retry != nil {
		b.retry = h.options.retry.inherit(c.Retry).withDefaults()
	}
	if h.options.timeout != 0 {
		b.timeout = h.options.timeout
	}
	for i := len(c.Middleware) - 1; i >= 0; i-- {
		if c.Middleware[i] != nil {
			b.handle = c.Middleware[i](b.handle)
		}
	}
	return b
}

// closed reports whether a contract of what a handler sees may have personal or secret
// values: of a major that is converted for it too, since a conversion may put them into
// fields that are not marked. A tombstone's key may be that of any event of its topic.
func (c ConsumerConfig) closed(h Handler, k *event.Contract) bool {
	return slices.ContainsFunc(c.Registry.Contracts(), func(other *event.Contract) bool {
		return other.Topic != nil && other.Topic.Name == k.Topic.Name &&
			(other.Type == k.Type || h.tombstone != nil) && descriptor.ReachesSensitive(other.Descriptor)
	})
}

// problems are those of the handler's own options: what it has from the
// consumer's is checked there.
func (b *boundHandler) problems(own handlerOptions) []error {
	var out []error
	if own.retry != nil {
		out = b.retry.problems("WithRetry")
	}
	if own.timeout != 0 && (b.timeout < time.Millisecond || b.timeout > 24*time.Hour) {
		out = append(out, fmt.Errorf("WithHandlerTimeout: %s is outside 1ms to 24h", b.timeout))
	}
	if own.concurrency < 0 || own.concurrency > maxConcurrency {
		out = append(out, fmt.Errorf("WithConcurrency: %d is outside 1 to %d", own.concurrency, maxConcurrency))
	}
	if b.redriven != AcceptRedriven && b.redriven != RefuseRedriven {
		out = append(out, fmt.Errorf("WithRedriven: %d is not a policy", b.redriven))
	}
	if b.handle == nil {
		out = append(out, errors.New("a middleware returned nil"))
	}
	return out
}

// source returns what the consumer subscribes to for a topic: the topic itself
// first, then the group's redrive topic if there is one.
func (r *routes) source(c ConsumerConfig, t *event.Topic) ([]*source, error) {
	name, group := t.Name, c.Group
	if c.DeadLettersOf != "" {
		name = event.DeadLetterTopic(t.Name, c.DeadLettersOf)
	}
	if s, ok := r.sources[name]; ok {
		out := []*source{s}
		if other, ok := r.sources[event.RedriveTopic(t.Name, group)]; ok && s.deadLetter != "" {
			out = append(out, other)
		}
		return out, nil
	}
	if err := topicname.Check(name); err != nil {
		return nil, err
	}
	s := &source{name: name, topic: t, unordered: true}
	if topicname.EndsAsDeadLetter(name) {
		r.sources[name] = s
		return []*source{s}, nil
	}
	s.deadLetter = event.DeadLetterTopic(t.Name, group)
	redrive := &source{name: event.RedriveTopic(t.Name, group), topic: t, redrive: true, deadLetter: s.deadLetter, unordered: true}
	for _, derived := range []string{s.deadLetter, redrive.name} {
		if err := topicname.Check(derived); err != nil {
			return nil, fmt.Errorf("with group %q: %w", group, err)
		}
		if _, ok := c.Registry.Topic(derived); ok {
			return nil, fmt.Errorf("topic %q, which group %q needs for dead letters, is declared by a contract: rename the group or the topic", derived, group)
		}
	}
	r.sources[s.name], r.sources[redrive.name] = s, redrive
	return []*source{s, redrive}, nil
}
