// Package eventbus publishes and handles events on Kafka, directly on
// confluent-kafka-go.
//
// A [Producer] validates each event against its contract, writes it in its
// topic's format and tells its outcome: acknowledged by all in-sync replicas,
// definitely not written, or unknown. A [Consumer] hands events to handlers, in
// order per key and in parallel across keys, retries, and dead-letters what
// cannot be handled. The default guarantee is at least once per group and
// record; a handler that must not repeat an effect keeps the event id in the
// effect's own transaction.
//
// Both are told how to reach the cluster by a kafkaconn.Connection, and what
// their events are by the messages' contracts: no topic, key or type is named in
// a service.
//
//	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
//		Connection: conn,
//		Source:     "todo-api",
//	})
//	receipt, err := p.Publish(ctx, &todov1.TodoCreated{…})
//
//	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
//		Connection: conn,
//		Group:      "notifier",
//		Handlers: []eventbus.Handler{
//			eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error { … }),
//		},
//	})
//	err = c.Run(ctx)
//
// DESIGN.md in the repository follows one publish and one record through the
// files; docs/guarantees.md has every promise with its tests.
package eventbus
