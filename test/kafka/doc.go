// Package kafkatest starts Apache Kafka for tests: one node or several, KRaft,
// plain or secured, on ports of this machine. It needs Java 17 and the jars that
// `make kafka-jars` fetches. What it starts dies with the test, or at the latest
// with the test's process.
package kafkatest
