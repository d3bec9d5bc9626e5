// Demo shows the whole way of an event on Kafka, and then proves that none
// was lost.
//
// It publishes a stream of every event type of gen/events, with records of other
// programs in between that are not events. Two members of one consumer group and
// one of another handle it; a mail provider is down for a while, some events are
// refused, and one member is killed. Dead letters are shown, and redriven once
// "release 2" is out.
//
// The account at the end is made from what the handlers wrote to disk and from
// the topics themselves, read with a client that is not the bus's; no counter of
// the bus is asked. Package internal/account makes it. The program exits with 1 if
// the account does not hold.
//
// DEMO_BROKERS names a Kafka to use, which must have none of the topics. How to connect
// to it is in the variables that docs/security.md lists: a broker on another host needs
// TLS, or KAFKA_INSECURE=true. Without DEMO_BROKERS a broker runs inside the demo, and
// none of the others counts, KAFKA_BROKERS included: it may name a cluster that people
// work on.
package main
