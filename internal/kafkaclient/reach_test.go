package kafkaclient_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
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
				var causes diagnose.Causes
				causes.Note(first)
				c := kafkaclient.NewCluster(kafkaconn.Connection{SASL: &kafkaconn.SASL{
					Mechanism: kafkaconn.MechanismOAuth,
					Token:     func(context.Context) (kafkaconn.Token, error) { return kafkaconn.Token{}, nil },
				}}, nil)
				err := c.Reach(ctx, startingCluster{time.Now().Add(9 * time.Second)}, &causes, func() {})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}
