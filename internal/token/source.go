package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// callTimeout ends the ctx of a call for a token.
	callTimeout = 10 * time.Second

	// callGrace is what the call has to return then.
	callGrace = 100 * time.Millisecond

	// A call that failed is made again after a delay that doubles between these.
	firstDelay = 500 * time.Millisecond
	maxDelay   = 10 * time.Second

	// maxUse is when a token is asked for anew at the latest: nobody keeps one
	// for the century that it may be good for.
	maxUse = 24 * time.Hour
)

// Source gets the tokens of several clients from one function, which is the
// user's: each call has a goroutine of its own, and nobody waits for it beyond
// its ctx. It is safe for concurrent use; a nil Source has no tokens.
type Source struct {
	get  func(context.Context) (kafka.OAuthBearerToken, error)
	turn chan struct{} // taken while get runs

	mu     sync.Mutex
	token  func() kafka.OAuthBearerToken // nil before the first; a func, since fmt prints whatever a pointer leads to
	renew  time.Time                     // when token is no longer handed out
	failed error                         // why the last call gave none
	began  time.Time                     // when the call under way did; zero if there is none
}

// NewSource makes a Source; nil if get is.
func NewSource(get func(context.Context) (kafka.OAuthBearerToken, error)) *Source {
	if get == nil {
		return nil
	}
	return &Source{get: get, turn: make(chan struct{}, 1)}
}

// Next is the token in use until four fifths of its life are over, or a day is,
// and a new one then. It comes with the time at which to ask again.
func (s *Source) Next(ctx context.Context) (kafka.OAuthBearerToken, time.Time, error) {
	client := ctx
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return kafka.OAuthBearerToken{}, time.Time{}, errors.New("an earlier call has not returned: it must when its ctx ends")
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
		late := time.NewTimer(callGrace) // to say why, which ctx's end is not
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
		return kafka.OAuthBearerToken{}, time.Time{}, err
	}
	return s.token(), s.renew, nil
}

func (s *Source) calls(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = since
}

// Failure is why there is no token; nil if there is one, or no need of one. A
// call under way counts if nobody waits for it any longer.
func (s *Source) Failure(over bool) error {
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

// Principal is whom the last token names, "" if nobody knows.
func (s *Source) Principal() string {
	if s == nil { // OIDC, or none
		return ""
	}
	t, _ := s.last()
	return t.Principal
}

func (s *Source) last() (kafka.OAuthBearerToken, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil {
		return kafka.OAuthBearerToken{}, time.Time{}
	}
	return s.token(), s.renew
}

// call makes one call, and survives its panic. Its errors repeat no token.
func (s *Source) call(ctx context.Context) (err error) {
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
	if err := Check(t, now); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Divided first: four times a life of 73 years overflows a Duration. However short
	// it is, nobody is asked in a loop.
	use := max(firstDelay, min(t.Expiration.Sub(now)/5*4, maxUse))
	s.token, s.renew, s.failed = func() kafka.OAuthBearerToken { return t }, now.Add(use), nil
	return nil
}

// Serve gives one client its tokens until ctx ends. give may not block.
func (s *Source) Serve(ctx context.Context, give func(kafka.OAuthBearerToken, error)) {
	delay := firstDelay
	for {
		t, renew, err := s.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		give(t, err)
		wait := time.Until(renew)
		if err != nil {
			wait, delay = delay, min(2*delay, maxDelay)
		} else {
			delay = firstDelay
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
