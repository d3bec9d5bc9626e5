package kafkaconn_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// exampleBroker plays the deployment: it sets the variables, of which TLS and SASL
// have further ones, such as KAFKA_TLS_CA and KAFKA_SASL_USER.
func exampleBroker() *broker.Broker {
	b, err := broker.Start(broker.Config{})
	if err != nil {
		panic(err)
	}
	if err := os.Setenv("KAFKA_BROKERS", b.Addr()); err != nil {
		panic(err)
	}
	return b
}

func ExampleFromEnv() {
	b := exampleBroker()
	defer b.Close()

	conn, err := kafkaconn.FromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: conn, Source: "todo-api"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("connected to", len(conn.Brokers), "broker")
	if err := p.Close(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: connected to 1 broker
}

// A client of one's own reaches the cluster as producers and consumers do.
func ExampleConnection_Authenticate() {
	b := exampleBroker()
	defer b.Close()

	conn, err := kafkaconn.FromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	properties := conn.Properties() // holds secrets: keep it out of logs
	admin, err := kafka.NewAdminClient(&properties)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer admin.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stop, err := conn.Authenticate(ctx, admin)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop() // before the client's Close

	id, err := admin.ClusterID(ctx)
	fmt.Println(id != "", err)
	// Output: true <nil>
}
