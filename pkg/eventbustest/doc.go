// Package eventbustest helps to test services that publish and handle events.
//
// NewBroker starts an embedded Kafka broker with the topics that the linked
// contracts declare; a service under test connects to it as to any other. It
// then looks at what was written and committed:
//
//	b := eventbustest.NewBroker(t, eventbustest.WithGroups("notifier"))
//	… run the service with kafkaconn.Connection{Brokers: b.Brokers()} …
//	b.WaitCommitted("notifier", "todos")
//
// Without a broker, [Deliver] calls a handler as a consumer does, and [Producer] is a fake
// that keeps what is published.
//
// The package imports testing and belongs into tests only.
package eventbustest
