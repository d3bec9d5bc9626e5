//go:build kafka

package security_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// way is a way to connect that must work.
type way struct {
	name      string
	principal string
	brokers   []string
	tls       *kafkaconn.TLS
	sasl      *kafkaconn.SASL
}

// TestTheLeastRights is the table of docs/security.md: nothing more is needed.
func TestTheLeastRights(t *testing.T) {
	t.Parallel()
	for i, row := range []way{
		{"SCRAM-SHA-512", "User:" + secured.User, secured.SASL, trust(), scram()},
		{"SCRAM-SHA-256", "User:" + secured.User, secured.Passwords, trust(), password("SCRAM-SHA-256")},
		{"PLAIN", "User:" + secured.User, secured.Passwords, trust(), password("PLAIN")},
		{"OAUTHBEARER by a callback", "User:least-by-token", secured.SASL, trust(), bearer("least-by-token")},
		{"OAUTHBEARER by OIDC", "User:least-by-oidc", secured.SASL, trust(), identityProvider(t, "least-by-oidc")},
		{"client certificate", "User:CN=least-by-certificate", secured.MTLS, clientCertificate(t, secured.CA, kafkatest.Certificate{Name: "least-by-certificate"}), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			group := fmt.Sprintf("least-%d", i)
			dead, redrive := groupTopics(t, group)
			allowTopic(t, row.principal, topic, write, read)
			allowTopic(t, row.principal, redrive, read)
			allowTopic(t, row.principal, dead, write)
			allowGroup(t, row.principal, group, read)

			p, err := eventbus.NewProducer(eventbus.ProducerConfig{
				Connection: kafkaconn.Connection{Brokers: row.brokers, TLS: row.tls, SASL: row.sasl}, Source: "test", Events: []proto.Message{(*todov1.TodoCreated)(nil)},
				Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			msg := todo()
			msg.Title = row.name
			if _, err := p.Publish(ctx, msg); err != nil {
				t.Error(err)
			}
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
			// The event of this test becomes a dead letter, which needs its rights too.
			var letters atomic.Int32
			cfg := consumerOf("", group, nil)
			cfg.Connection.Brokers, cfg.Connection.TLS, cfg.Connection.SASL = row.brokers, row.tls, row.sasl
			cfg.Handlers = []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
				if e.GetTitle() != row.name {
					return nil
				}
				letters.Add(1)
				return eventbus.Permanent(errors.New("not today"))
			})}
			c, err := eventbus.NewConsumer(cfg)
			if err != nil {
				t.Fatal(err)
			}
			stop := running(t, c)
			until(t, func() bool { return letters.Load() > 0 && c.Stats().Dead[event.ReasonPermanent] > 0 })
			stop()
		})
	}
}

// running runs c until the returned function is called, which checks its end.
func running(t *testing.T, c *eventbus.Consumer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("Run does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

// until waits for a state.
func until(t *testing.T, state func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !state() {
		select {
		case <-deadline:
			t.Fatal("what was waited for did not come")
		case <-time.After(10 * time.Millisecond): // between two looks
		}
	}
}

const oidcSecret = "oidc-s3cret"

// identityProvider is one that gives tokens to one client.
func identityProvider(t *testing.T, client string) *kafkaconn.SASL {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if !ok || id != client || secret != oidcSecret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token := tokenOf(client, time.Hour)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token.Value, "token_type": "Bearer", "expires_in": 3600})
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "idp.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: &kafkaconn.OIDC{
		TokenEndpoint: server.URL + "/token", ClientID: client, ClientSecret: oidcSecret, CAFile: ca,
	}}
}

// tokenIssuer counts what it is asked for.
type tokenIssuer struct {
	principal string
	life      time.Duration // as it says; the token's own is an hour
	calls     atomic.Int32
	on        func(ctx context.Context, call int32) error // nil: never fails
}

func (i *tokenIssuer) sasl() *kafkaconn.SASL {
	return &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(ctx context.Context) (kafkaconn.Token, error) {
		call := i.calls.Add(1)
		if i.on != nil {
			if err := i.on(ctx, call); err != nil {
				return kafkaconn.Token{}, err
			}
		}
		token := tokenOf(i.principal, time.Hour)
		token.Expires = time.Now().Add(i.life)
		return token, nil
	}}
}

// publishing publishes until its end is called.
func publishing(t *testing.T, p *eventbus.Producer, title string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int)
	go func() {
		n := 0
		defer func() { done <- n }()
		pace := time.NewTicker(10 * time.Millisecond) // every consumer of the tests reads all
		defer pace.Stop()
		for ctx.Err() == nil {
			msg := todo()
			msg.Title = title
			if _, err := p.Publish(t.Context(), msg); err != nil {
				t.Error(err)
				return
			}
			n++
			<-pace.C
		}
	}()
	return func() int {
		cancel()
		return <-done
	}
}

// Connections outlive their tokens, of producers, consumers and dead letters:
// nothing is lost, nothing fails.
func TestTokensAreRenewed(t *testing.T) {
	t.Parallel()
	const group, principal = "renews", "renews"
	dead, redrive := groupTopics(t, group)
	allowTopic(t, "User:"+principal, topic, write, read)
	allowTopic(t, "User:"+principal, redrive, read)
	allowTopic(t, "User:"+principal, dead, write)
	allowGroup(t, "User:"+principal, group, read)

	ofProducer := &tokenIssuer{principal: principal, life: 2 * time.Second}
	ofConsumer := &tokenIssuer{principal: principal, life: 2 * time.Second}
	pc := producerOf(principal)
	pc.Connection.SASL = ofProducer.sasl()
	p, err := eventbus.NewProducer(pc)
	if err != nil {
		t.Fatal(err)
	}
	var handled atomic.Int32
	cc := consumerOf(principal, group, nil)
	cc.Connection.SASL = ofConsumer.sasl()
	cc.Handlers = []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
		if e.GetTitle() == principal {
			handled.Add(1)
		}
		return nil
	})}
	c, err := eventbus.NewConsumer(cc)
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, c)
	end := publishing(t, p, principal)
	// Seven lives of 1.6 s are beyond the broker's 8 s.
	until(t, func() bool { return ofProducer.calls.Load() >= 7 && ofConsumer.calls.Load() >= 7 })
	published := end()
	until(t, func() bool { return int(handled.Load()) >= published })
	stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
}

// The callback is the user's: while it hangs, the consumer handles, commits and
// stops as ever.
func TestATokenCallbackThatHangsHoldsUpNothing(t *testing.T) {
	t.Parallel()
	const group, principal = "hangs", "hangs"
	dead, redrive := groupTopics(t, group)
	allowTopic(t, "User:"+principal, topic, write, read)
	allowTopic(t, "User:"+principal, redrive, read)
	allowTopic(t, "User:"+principal, dead, write)
	allowGroup(t, "User:"+principal, group, read)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	var hang atomic.Bool
	var hung atomic.Int32
	hangs := func(context.Context, int32) error {
		if hang.Load() {
			hung.Add(1)
			<-release // whatever its ctx says
		}
		return nil
	}
	ofProducer := &tokenIssuer{principal: principal, life: time.Second, on: hangs}
	ofConsumer := &tokenIssuer{principal: principal, life: time.Second, on: hangs}
	pc := producerOf(principal)
	pc.Connection.SASL = ofProducer.sasl()
	p, err := eventbus.NewProducer(pc)
	if err != nil {
		t.Fatal(err)
	}
	handled := make(chan string, 1<<16)
	cc := consumerOf(principal, group, handled)
	cc.Connection.SASL = ofConsumer.sasl()
	c, err := eventbus.NewConsumer(cc)
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	through := func(title string) {
		msg := todo()
		msg.Title = title
		if _, err := p.Publish(ctx, msg); err != nil {
			t.Fatal(err)
		}
		for {
			select {
			case got := <-handled:
				if got == title {
					return
				}
			case <-ctx.Done():
				t.Fatalf("%q was not handled", title)
			}
		}
	}
	through("before it hangs") // everything is connected
	hang.Store(true)
	until(t, func() bool { return hung.Load() == 2 })
	through("while it hangs")
	began := time.Now()
	stop()
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %s", took)
	}
}

// An issuer that fails for a while is told of, and asked again.
func TestATokenCallbackThatFailsIsCalledAgain(t *testing.T) {
	t.Parallel()
	const principal = "recovers"
	allowTopic(t, "User:"+principal, topic, write)
	var log lines
	issuer := &tokenIssuer{principal: principal, life: time.Second, on: func(_ context.Context, call int32) error {
		if call == 2 || call == 3 {
			return errors.New("the metadata service is away")
		}
		if call == 4 {
			panic("secret in a panic")
		}
		return nil
	}}
	cfg := producerOf(principal)
	cfg.Connection.SASL, cfg.Logger = issuer.sasl(), slog.New(slog.NewTextHandler(&log, nil))
	p, err := eventbus.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return issuer.calls.Load() >= 6 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.Publish(ctx, todo()); err != nil {
		t.Error(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, "the metadata service is away") || strings.Contains(text, "secret in a panic") {
		t.Errorf("the log says %s", text)
	}
}

// lines is a log that several goroutines write.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// What goes wrong after the start is the reason of what a publish fails with.
func TestARefusalUnderARunningProducerIsTold(t *testing.T) {
	t.Parallel()
	const principal = "is-forgotten"
	allowTopic(t, "User:"+principal, topic, write)
	var forgotten atomic.Bool
	cfg := producerOf(principal)
	cfg.Connection.SASL = &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
		token := tokenOf(principal, time.Hour)
		token.Expires = time.Now().Add(time.Second)
		if forgotten.Load() {
			token.Value = "not-a-jwt"
		}
		return token, nil
	}}
	p, err := eventbus.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	forgotten.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for err == nil { // until the broker wants another token
		_, err = publishWithin(ctx, p, 6*time.Second)
	}
	// The first to fail may have been under way when the connection was closed.
	began := time.Now()
	_, err = publishWithin(ctx, p, 6*time.Second)
	told(t, err, eventbus.ErrIndeterminate, began, "the Kafka client's last error", "SASL authentication error")
	closing, give := context.WithTimeout(ctx, time.Millisecond)
	defer give()
	if err := p.Close(closing); !errors.Is(err, eventbus.ErrCloseTimeout) {
		t.Errorf("Close with outstanding events: %v", err)
	}
}

func publishWithin(ctx context.Context, p *eventbus.Producer, limit time.Duration) (eventbus.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return p.Publish(ctx, todo())
}
