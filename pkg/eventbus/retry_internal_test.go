package eventbus

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
)

// A handler's policy replaced the consumer's as a whole, and one that named a single
// field could be invalid by the defaults of the others.
func TestARetryPolicyMayNameASingleField(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ own, consumer, want RetryPolicy }{
		"nothing":                {RetryPolicy{}, RetryPolicy{}, RetryPolicy{200 * time.Millisecond, 0.2, 10, 30 * time.Second, 5 * time.Minute, 2}},
		"initial delay":          {RetryPolicy{InitialDelay: time.Minute}, RetryPolicy{}, RetryPolicy{time.Minute, 0.2, 10, time.Minute, 10 * time.Minute, 2}},
		"long initial delay":     {RetryPolicy{InitialDelay: math.MaxInt64}, RetryPolicy{}, RetryPolicy{math.MaxInt64, 0.2, 10, math.MaxInt64, math.MaxInt64 / 10 * 10, 2}},
		"maximum":                {RetryPolicy{MaxDelay: time.Millisecond}, RetryPolicy{}, RetryPolicy{time.Millisecond, 0.2, 10, time.Millisecond, 5 * time.Minute, 2}},
		"attempts":               {RetryPolicy{MaxAttempts: 3}, RetryPolicy{}, RetryPolicy{200 * time.Millisecond, 0.2, 3, 30 * time.Second, 5 * time.Minute, 2}},
		"no limit":               {RetryPolicy{MaxAttempts: NoLimit}, RetryPolicy{}, RetryPolicy{200 * time.Millisecond, 0.2, NoLimit, 30 * time.Second, NoLimit, 2}},
		"no limit in time":       {RetryPolicy{MaxElapsed: NoLimit}, RetryPolicy{}, RetryPolicy{200 * time.Millisecond, 0.2, 10, 30 * time.Second, NoLimit, 2}},
		"no limit within":        {RetryPolicy{MaxAttempts: NoLimit, MaxElapsed: time.Hour}, RetryPolicy{}, RetryPolicy{200 * time.Millisecond, 0.2, NoLimit, 30 * time.Second, time.Hour, 2}},
		"inherits":               {RetryPolicy{MaxAttempts: 3}, RetryPolicy{time.Second, 0.5, 7, 9 * time.Second, time.Hour, 3}, RetryPolicy{time.Second, 0.5, 3, 9 * time.Second, time.Hour, 3}},
		"inherits all":           {RetryPolicy{}, RetryPolicy{time.Second, -1, 7, 9 * time.Second, time.Hour, 3}, RetryPolicy{time.Second, -1, 7, 9 * time.Second, time.Hour, 3}},
		"beyond the inherited":   {RetryPolicy{InitialDelay: time.Minute}, RetryPolicy{MaxDelay: 9 * time.Second}, RetryPolicy{time.Minute, 0.2, 10, time.Minute, 10 * time.Minute, 2}},
		"below the inherited":    {RetryPolicy{MaxDelay: time.Millisecond}, RetryPolicy{InitialDelay: time.Second}, RetryPolicy{time.Millisecond, 0.2, 10, time.Millisecond, 5 * time.Minute, 2}},
		"without the inherited":  {RetryPolicy{Jitter: -1}, RetryPolicy{Jitter: 0.5}, RetryPolicy{200 * time.Millisecond, -1, 10, 30 * time.Second, 5 * time.Minute, 2}},
		"limited, inherits none": {RetryPolicy{MaxAttempts: 3}, RetryPolicy{MaxAttempts: NoLimit}, RetryPolicy{200 * time.Millisecond, 0.2, 3, 30 * time.Second, 5 * time.Minute, 2}},
	} {
		got := row.own.inherit(row.consumer).withDefaults()
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if problems := got.problems("Retry"); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	// What one policy says of both is taken at its word.
	if wrong := (RetryPolicy{InitialDelay: time.Minute, MaxDelay: time.Second}).inherit(RetryPolicy{MaxDelay: time.Hour}).withDefaults().problems("Retry"); len(wrong) != 1 {
		t.Errorf("a maximum below the first delay: %v", wrong)
	}
}

// A delay at its maximum was up to 20 % longer.
func TestJitterStaysWithinMaxDelay(t *testing.T) {
	t.Parallel()
	for _, p := range []RetryPolicy{{}, {InitialDelay: time.Minute}, {Jitter: 1, MaxDelay: time.Second}} {
		p = p.withDefaults()
		below := false
		for range 200 {
			d := p.delay(40)
			if d > p.MaxDelay || d < time.Duration(float64(p.MaxDelay)*(1-p.Jitter))-time.Millisecond {
				t.Fatalf("%+v: a delay of %s", p, d)
			}
			below = below || d < p.MaxDelay
		}
		if !below {
			t.Errorf("%+v: no delay varies", p)
		}
	}
}

func TestNoLimitIsNeverExhausted(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{MaxAttempts: NoLimit}.withDefaults()
	if p.exhausted(1_000_000, 1000*time.Hour, p.delay(1_000_000)) {
		t.Error("it is exhausted")
	}
	if d := p.delay(1_000_000); d <= 0 || d > p.MaxDelay {
		t.Errorf("the delay is %s", d)
	}
}

// A nil dynamic message has no type, and crashed the constructor.
func TestDynamicHandlersThatHaveNoType(t *testing.T) {
	t.Parallel()
	cfg := ConsumerConfig{Group: "g", Handlers: []Handler{
		Handle[*dynamicpb.Message](nil), HandleMessage(nil, nil), HandleMessage((*dynamicpb.Message)(nil), func(ctx context.Context, _ proto.Message) error { return nil }),
		HandleTombstoneMessage(nil, func(context.Context, string) error { return nil }), HandleTombstoneMessage((*dynamicpb.Message)(nil), func(context.Context, string) error { return nil }),
		HandleTombstone[*dynamicpb.Message](func(context.Context, string) error { return nil }), Handle(func(context.Context, *dynamicpb.Message) error { return nil }), Handle(func(context.Context, proto.Message) error { return nil }),
	}}
	_, problems := cfg.withDefaults().routes()
	if len(problems) != len(cfg.Handlers) {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
	dynamic := dynamicpb.NewMessage((*todov1.TodoCreated)(nil).ProtoReflect().Descriptor())
	cfg.Handlers = []Handler{HandleMessage(dynamic, func(context.Context, proto.Message) error { return nil })}
	if _, problems := cfg.withDefaults().routes(); len(problems) > 0 {
		t.Errorf("a dynamic message of a linked type: %v", problems)
	}
}
