// Command msk publishes one event to Amazon MSK with IAM: each token is a
// request that AWS's signer signs with the credentials of the environment.
//
//	AWS_REGION=eu-central-1 KAFKA_TLS=true KAFKA_BROKERS=b-1.….amazonaws.com:9098 go run .
//
// It is a module of its own, so that AWS's SDK stays out of the graphs of this
// module's users.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-msk-iam-sasl-signer-go/signer"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// KAFKA_BROKERS, and KAFKA_TLS=true: the system's authorities trust Amazon's.
	conn, err := kafkaconn.FromEnv()
	if err != nil {
		return err
	}
	conn.SASL = &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: iam(os.Getenv("AWS_REGION"))}
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: conn, Source: "msk-example"})
	if err != nil {
		return err
	}
	id := uuid.NewString()
	receipt, err := p.Publish(ctx, &todov1.TodoDeleted{TodoId: id, UserId: uuid.NewString(), DeletedAt: timestamppb.Now()})
	if err == nil {
		fmt.Printf("published to %s %d/%d\n", receipt.Topic, receipt.Partition, receipt.Offset)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if closeErr := p.Close(closing); err == nil {
		err = closeErr
	}
	return err
}

// iam gets tokens for SASL.Token: 15 minutes each, from AWS's default chain of
// credentials.
func iam(region string) func(context.Context) (kafkaconn.Token, error) {
	return func(ctx context.Context) (kafkaconn.Token, error) {
		value, expires, err := signer.GenerateAuthToken(ctx, region)
		if err != nil {
			return kafkaconn.Token{}, err
		}
		return kafkaconn.Token{Value: value, Expires: time.UnixMilli(expires)}, nil
	}
}
