package eventbus

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/refusal"
)

// startingCluster answers from a moment on.
type startingCluster struct{ from time.Time }

func (c startingCluster) GetMetadata(*string, bool, int) (*kafka.Metadata, error) {
	if time.Now().After(c.from) {
		return &kafka.Metadata{}, nil
	}
	time.Sleep(50 * time.Millisecond) //nolint:forbidigo // of synctest's clock
	return nil, kafka.NewError(kafka.ErrTransport, "connection refused", false)
}

// What a cluster shows while it starts is no reason to give up before
// ConnectTimeout.
func TestProbeWaitsForAClusterThatStarts(t *testing.T) {
	t.Parallel()
	rows := map[string]kafka.Error{
		"a handshake that was cut": kafka.NewError(kafka.ErrSsl, "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: Disconnected", false),
		"a token that was late":    kafka.NewError(kafka.ErrAuthentication, "Failed to acquire SASL OAUTHBEARER token: idp: refused", false),
	}
	for name, first := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				var causes refusal.Causes
				causes.Note(first)
				s := Connection{SASL: &SASL{Mechanism: mechanismOAuth, Token: func(context.Context) (Token, error) { return Token{}, nil }}}.security()
				err := probeBrokers(ctx, startingCluster{time.Now().Add(9 * time.Second)}, s, &causes, func() {})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A token function that fails late or ends its goroutine is told as it is, and
// the next call has its turn.
func TestTokensTellWhyACallFailed(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		get  func(context.Context) (Token, error)
		want string
	}{
		"ends with its ctx": {func(ctx context.Context) (Token, error) {
			<-ctx.Done()
			return Token{}, fmt.Errorf("post to the provider: %w", ctx.Err())
		}, "post to the provider: "},
		"ends its goroutine": {func(context.Context) (Token, error) {
			runtime.Goexit()
			return Token{}, nil
		}, "runtime.Goexit"},
		"panics": {func(context.Context) (Token, error) { panic("secret") }, "panicked with a string"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := true
			s := newTokens(&SASL{Token: func(ctx context.Context) (Token, error) {
				if first {
					first = false
					return row.get(ctx)
				}
				return Token{Value: "x", Expires: time.Now().Add(time.Hour)}, nil
			}})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, _, err := s.next(ctx); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("first call: %v, want %q", err, row.want)
			}
			if _, _, err := s.next(t.Context()); err != nil || s.failure(true) != nil {
				t.Errorf("second call: %v, failure %v", err, s.failure(true))
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
				s := newTokens(&SASL{Token: func(context.Context) (Token, error) {
					if calls++; calls > row.calls {
						cancel()
					}
					return Token{Value: "x", Expires: time.Now().Add(row.life)}, nil
				}})
				s.serve(ctx, func(Token, error) {})
				if calls != row.calls {
					t.Errorf("%d calls within %s, want %d", calls, row.asked, row.calls)
				}
			})
		})
	}
}

func TestTokenHidesItsSecretsAndNothingElse(t *testing.T) {
	t.Parallel()
	tok := Token{Value: "the-token", Extensions: map[string]string{"a": "e", "cluster": "lkc-1234", "longer": "lkc-1234-and-more"}}
	got := tok.hide("Invalid extension lkc-1234-and-more, lkc-1234 of the-token")
	if want := "Invalid extension [redacted], [redacted] of [redacted]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The goroutine that reads delivery reports names the principal of a
// certificate: it must not touch the file.
func TestP7_ARefusedPublishReadsNoFile(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "cert.pem")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := security{tls: &TLS{CertFile: fifo, KeyFile: fifo}, subject: "CN=orders"}
	told := make(chan error, 1)
	go func() {
		told <- s.client().Denied(kafka.NewError(kafka.ErrTopicAuthorizationFailed, "no", false), kafka.ACLOperationWrite, "todos", "")
	}()
	select {
	case err := <-told:
		if !strings.Contains(err.Error(), "User:CN=orders") {
			t.Errorf("%v does not name the principal", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the file")
		if f, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = f.Close() // ends the wait
		}
	}
}

// What the caller does to its credentials later changes nothing.
func TestConnectionKeepsItsOwnCredentials(t *testing.T) {
	t.Parallel()
	given := &SASL{Mechanism: mechanismOAuth, OIDC: &OIDC{ClientSecret: "s", Extensions: map[string]string{"a": "b"}}}
	s := Connection{SASL: given}.security()
	given.Mechanism, given.OIDC.ClientSecret, given.OIDC.Extensions["a"] = "", "", ""
	if own := s.sasl(); own.Mechanism != mechanismOAuth || own.OIDC.ClientSecret != "s" || own.OIDC.Extensions["a"] != "b" {
		t.Error("they changed")
	}
}

func TestTokenEndpointHasNoQuery(t *testing.T) {
	t.Parallel()
	if err := checkEndpoint("https://idp.example.com/token?code=s3cret"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v, want a refusal that does not repeat it", err)
	}
	if err := checkEndpoint("https://idp.example.com/token"); err != nil {
		t.Error(err)
	}
}
