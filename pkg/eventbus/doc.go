// Package eventbus publishes and handles events on Kafka, directly on
// confluent-kafka-go.
//
// A [Producer] validates each event against its contract, writes it in its
// topic's format and tells its outcome: acknowledged by all in-sync replicas,
// definitely not written, or unknown. A Consumer hands events to handlers, in
// order per key and in parallel across keys, retries, and dead-letters what
// cannot be handled. The default guarantee is at least once per group and
// record; a handler that must not repeat an effect keeps the event id in the
// effect's own transaction.
package eventbus
