package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Check refuses what the Kafka client would, or could not use.
func Check(t kafka.OAuthBearerToken, now time.Time) error {
	switch {
	case t.TokenValue == "":
		return errors.New("the token is empty")
	case t.Expiration.IsZero():
		return errors.New("the token has no Expires")
	case !t.Expiration.After(now):
		return fmt.Errorf("the token has expired %s ago, at %s", now.Sub(t.Expiration).Round(time.Second), t.Expiration.UTC().Format(time.RFC3339))
	}
	return nil
}

// Client is a producer, a consumer or an admin client.
type Client interface {
	SetOAuthBearerToken(token kafka.OAuthBearerToken) error
	SetOAuthBearerTokenFailure(text string) error
}

// Give hands a client its token, or why there is none, and returns that. It does
// not block.
func Give(client Client, t kafka.OAuthBearerToken, err error) error {
	if err == nil {
		if t.Principal == "" {
			t.Principal = "token" // the client wants one, for its log
		}
		if err = client.SetOAuthBearerToken(t); err == nil {
			return nil
		}
		err = fmt.Errorf("the Kafka client refuses the token: %s", hide(err.Error(), t))
	}
	// What it says comes back as a client event, and it can fail only for
	// clients without OAUTHBEARER.
	_ = client.SetOAuthBearerTokenFailure(err.Error())
	return err
}

// ServeFirst waits until ctx ends for a client's first token, and then gives it
// further ones in time until stop is called.
func (s *Source) ServeFirst(ctx context.Context, client Client) (stop func(), err error) {
	t, _, err := s.Next(ctx)
	if err = Give(client, t, err); err != nil {
		return nil, err
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A failure comes back as an event of the client.
		s.Serve(serving, func(t kafka.OAuthBearerToken, err error) { _ = Give(client, t, err) })
	}()
	return func() {
		cancel()
		<-done
	}, nil
}

// hide takes the token's secrets out of a text.
func hide(text string, t kafka.OAuthBearerToken) string {
	secrets := []string{t.TokenValue}
	for _, v := range t.Extensions {
		if len(v) > 3 { // shorter ones are parts of many words, and nobody's secret
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
