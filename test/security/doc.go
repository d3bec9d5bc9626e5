// Package security checks on Apache Kafka what a secured cluster asks of
// its clients: TLS, SASL by passwords and by tokens, client certificates and ACLs,
// and what they say when one of these is wrong. make test-kafka runs it, by the
// build tag kafka.
package security
