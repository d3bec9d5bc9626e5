package kafkaclient

import (
	"context"
	"fmt"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Admin is an admin client of a Session, with its tokens. The caller must Close it.
type Admin struct {
	*kafka.AdminClient
	*Session

	stopTokens func()
}

// Admin connects for questions and for the creation of topics.
func (s *Session) Admin(ctx context.Context) (*Admin, error) {
	if err := s.Reach(ctx); err != nil {
		return nil, err
	}
	client, err := kafka.NewAdminClient(s.properties(nil))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(s.Cluster.Brokers(), ","), err)
	}
	stop, err := s.authenticate(ctx, client)
	if err != nil {
		client.Close()
		return nil, err
	}
	return &Admin{AdminClient: client, Session: s, stopTokens: stop}, nil
}

// Close releases the client.
func (a *Admin) Close() {
	a.stopTokens() // a token beside the destruction would use freed memory
	a.AdminClient.Close()
}

// Metadata is what the cluster says about its brokers and all topics that this
// client may see.
func (a *Admin) Metadata() (*kafka.Metadata, error) {
	md, err := a.GetMetadata(nil, true, a.milliseconds())
	if err != nil {
		return nil, a.Failed("list topics", err)
	}
	return md, nil
}
