package kafkaconn

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/token"
)

// Client is a Kafka client that takes tokens: a *kafka.Producer, *kafka.Consumer
// or *kafka.AdminClient.
type Client interface {
	SetOAuthBearerToken(token kafka.OAuthBearerToken) error
	SetOAuthBearerTokenFailure(text string) error
}

// Authenticate gives client its first token, and further ones in time, until
// stop is called. Call stop before the client's Close: a token that is given
// beside it would use freed memory. Without SASL.Token there is nothing to give,
// and stop does nothing.
//
// The first token is waited for until ctx ends; its values, without its end, go
// to later calls of SASL.Token. A later failure is an error event of the client,
// and the token is asked for again after 0.5 s to 10 s.
func (c Connection) Authenticate(ctx context.Context, client Client) (stop func(), err error) {
	if c.SASL == nil || c.SASL.Token == nil {
		return func() {}, nil
	}
	return token.NewSource(c.SASL.KafkaToken).ServeFirst(ctx, client)
}
