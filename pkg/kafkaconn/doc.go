// Package kafkaconn says how to reach a Kafka cluster: brokers, TLS, SASL and
// tokens, from the environment or set by the program. Producers and consumers of
// package eventbus have it as their field Connection:
//
//	conn, err := kafkaconn.FromEnv() // KAFKA_BROKERS, KAFKA_TLS_CA, …
//	…
//	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: conn, …})
//
// A program with Kafka clients of its own, such as an admin client, reaches the
// same cluster in the same way: [Connection.Properties] are the client's
// properties, and [Connection.Authenticate] gives it tokens. What is secret is
// never printed, whatever the verb or encoding.
package kafkaconn
