package eventbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// tokenTimeout ends the ctx of a call of SASL.Token.
	tokenTimeout = 10 * time.Second

	// tokenGrace is what it has to return then.
	tokenGrace = 100 * time.Millisecond

	// A call of SASL.Token that failed is made again after a delay that doubles
	// between these.
	tokenDelay    = 500 * time.Millisecond
	tokenMaxDelay = 10 * time.Second

	// tokenMaxUse is when a token is asked for anew at the latest: nobody keeps
	// one for the century that it may be good for.
	tokenMaxUse = 24 * time.Hour
)

// tokens gets the tokens of one Producer's or Consumer's clients. SASL.Token is
// the user's: each call has a goroutine of its own, which nobody waits for
// beyond its ctx.
type tokens struct {
	get  func(context.Context) (Token, error)
	turn chan struct{} // taken while get runs

	mu     sync.Mutex
	token  func() Token // nil before the first; see security for why it is a func
	renew  time.Time    // when token is no longer handed out
	failed error        // why the last call gave none
	began  time.Time    // when the call under way did; zero if there is none
}

func newTokens(s *SASL) *tokens {
	if s == nil || s.Token == nil {
		return nil
	}
	return &tokens{get: s.Token, turn: make(chan struct{}, 1)}
}

// next is the token in use until four fifths of its life are over, or
// tokenMaxUse is, and a new one then.
func (s *tokens) next(ctx context.Context) (Token, time.Time, error) {
	client := ctx
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return Token{}, time.Time{}, errors.New("an earlier call has not returned: it must when its ctx ends")
	}
	if t, renew := s.last(); time.Now().Before(renew) {
		<-s.turn
		return t, renew, nil
	}
	done := make(chan error, 1)
	s.calls(time.Now())
	go func() {
		err := errors.New("the call ended its goroutine (runtime.Goexit)")
		defer func() {
			s.calls(time.Time{})
			<-s.turn
			done <- err
		}()
		err = s.call(ctx)
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		late := time.NewTimer(tokenGrace) // to say why, which ctx's end is not
		defer late.Stop()
		select {
		case err = <-done:
		case <-late.C:
			err = errors.New("the call has not returned: it must when its ctx ends")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if client.Err() == nil { // else one client closes, of several
		s.failed = err
	}
	if err != nil {
		return Token{}, time.Time{}, err
	}
	return s.token(), s.renew, nil
}

func (s *tokens) calls(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = since
}

// failure is why there is no token; nil if there is one, or no need of one. A
// call under way counts if nobody waits for it any longer.
func (s *tokens) failure(over bool) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && over && !s.began.IsZero() && s.renew.IsZero() {
		return fmt.Errorf("the call has not returned for %s", time.Since(s.began).Round(100*time.Millisecond))
	}
	return s.failed
}

// principal is whom the last token names, "" if nobody knows.
func (s *tokens) principal() string {
	if s == nil { // OIDC, or none
		return ""
	}
	t, _ := s.last()
	return t.Principal
}

func (s *tokens) last() (Token, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil {
		return Token{}, time.Time{}
	}
	return s.token(), s.renew
}

// call makes one call, and survives its panic. Its errors repeat no token.
func (s *tokens) call(ctx context.Context) (err error) {
	returned := false
	defer func() {
		if !returned {
			// The panic's value may hold what is secret.
			err = fmt.Errorf("the call panicked with a %T", recover())
		}
	}()
	t, err := s.get(ctx)
	returned = true
	if err != nil {
		return err
	}
	now := time.Now()
	if err := t.check(now); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Divided first: four times a life of 73 years is no duration. However short
	// it is, nobody is asked in a loop.
	use := max(tokenDelay, min(t.Expires.Sub(now)/5*4, tokenMaxUse))
	s.token, s.renew, s.failed = func() Token { return t }, now.Add(use), nil
	return nil
}

// serve gives one client its tokens until ctx ends. give may not block.
func (s *tokens) serve(ctx context.Context, give func(Token, error)) {
	delay := tokenDelay
	for {
		t, renew, err := s.next(ctx)
		if ctx.Err() != nil {
			return
		}
		give(t, err)
		wait := time.Until(renew)
		if err != nil {
			wait, delay = delay, min(2*delay, tokenMaxDelay)
		} else {
			delay = tokenDelay
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// tokenClient is a producer, a consumer or an admin client.
type tokenClient interface {
	SetOAuthBearerToken(token kafka.OAuthBearerToken) error
	SetOAuthBearerTokenFailure(text string) error
}

// giveToken hands a client its token, or why there is none. It does not block.
func giveToken(client tokenClient, t Token, err error) error {
	if err == nil {
		principal := t.Principal
		if principal == "" {
			principal = "token" // the client wants one, for its log
		}
		err = client.SetOAuthBearerToken(kafka.OAuthBearerToken{
			TokenValue: t.Value, Expiration: t.Expires, Principal: principal, Extensions: t.Extensions,
		})
		if err == nil {
			return nil
		}
		err = fmt.Errorf("the Kafka client refuses the token: %s", t.hide(err.Error()))
	}
	// What it says comes back as a client event, and it can fail only for
	// clients without OAUTHBEARER.
	_ = client.SetOAuthBearerTokenFailure(err.Error())
	return err
}

// hide takes the token's secrets out of a text.
func (t Token) hide(text string) string {
	secrets := []string{t.Value}
	for _, v := range t.Extensions {
		if len(v) > 3 { // shorter ones are parts of many words, and secrets of nobody
			secrets = append(secrets, v)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, "[redacted]")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// tokenBox holds the tokens for a client that only its owner may call.
type tokenBox struct {
	answers chan tokenAnswer
	stop    context.CancelFunc
	stopped chan struct{}
}

type tokenAnswer struct {
	token Token
	err   error
}

func newTokenBox(s *tokens) *tokenBox {
	ctx, cancel := context.WithCancel(context.Background())
	b := &tokenBox{answers: make(chan tokenAnswer, 1), stop: cancel, stopped: make(chan struct{})}
	go func() {
		defer close(b.stopped)
		if s == nil {
			return
		}
		s.serve(ctx, func(t Token, err error) {
			select {
			case <-b.answers: // nobody has taken it
			default:
			}
			b.answers <- tokenAnswer{t, err} // nobody else sends
		})
	}()
	return b
}

// take returns what has come since the last call.
func (b *tokenBox) take() (tokenAnswer, bool) {
	select {
	case a := <-b.answers:
		return a, true
	default:
		return tokenAnswer{}, false
	}
}

func (b *tokenBox) close() {
	b.stop()
	<-b.stopped
}
