package token_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/token"
)

// A token function that fails late or ends its goroutine is told as it is, and
// the next call has its turn.
func TestTokensTellWhyACallFailed(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		get  func(context.Context) (kafka.OAuthBearerToken, error)
		want string
	}{
		"ends with its ctx": {func(ctx context.Context) (kafka.OAuthBearerToken, error) {
			<-ctx.Done()
			return kafka.OAuthBearerToken{}, fmt.Errorf("post to the provider: %w", ctx.Err())
		}, "post to the provider: "},
		"ends its goroutine": {func(context.Context) (kafka.OAuthBearerToken, error) {
			runtime.Goexit()
			return kafka.OAuthBearerToken{}, nil
		}, "runtime.Goexit"},
		"panics": {func(context.Context) (kafka.OAuthBearerToken, error) { panic("secret") }, "panicked with a string"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := true
			s := token.NewSource(func(ctx context.Context) (kafka.OAuthBearerToken, error) {
				if first {
					first = false
					return row.get(ctx)
				}
				return kafka.OAuthBearerToken{TokenValue: "x", Expiration: time.Now().Add(time.Hour)}, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, _, err := s.Next(ctx); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("first call: %v, want %q", err, row.want)
			}
			if _, _, err := s.Next(t.Context()); err != nil || s.Failure(true) != nil {
				t.Errorf("second call: %v, failure %v", err, s.Failure(true))
			}
		})
	}
}

// A token that is good until 2100 was asked for in a loop without a pause, and so
// was one that is over at once.
func TestTokensAreAskedForAtTheirTime(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		life, asked time.Duration
		calls       int // until then, the first included
	}{
		"an hour":              {time.Hour, 49 * time.Minute, 2},
		"a week":               {7 * 24 * time.Hour, 49 * time.Hour, 3},
		"a century":            {100 * 365 * 24 * time.Hour, 49 * time.Hour, 3},
		"as long as there is":  {1<<63 - 1, 49 * time.Hour, 3},
		"a moment":             {time.Nanosecond, 1250 * time.Millisecond, 3},
		"over before it began": {-time.Second, 1250 * time.Millisecond, 2}, // a failure, with a delay that doubles
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				ctx, cancel := context.WithTimeout(t.Context(), row.asked)
				defer cancel()
				s := token.NewSource(func(context.Context) (kafka.OAuthBearerToken, error) {
					if calls++; calls > row.calls {
						cancel()
					}
					return kafka.OAuthBearerToken{TokenValue: "x", Expiration: time.Now().Add(row.life)}, nil
				})
				s.Serve(ctx, func(kafka.OAuthBearerToken, error) {})
				if calls != row.calls {
					t.Errorf("%d calls within %s, want %d", calls, row.asked, row.calls)
				}
			})
		})
	}
}
