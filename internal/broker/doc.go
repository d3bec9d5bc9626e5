// Package broker runs an embedded Kafka broker in the calling process, for
// tests, for the demo and for eventctl broker. It is a fake that keeps Kafka's
// protocol (groups, transactions, idempotent producers, admin requests) and
// none of its durability: data lives in memory unless a directory is given.
//
// It is the only package outside tests that imports the fake, so that nothing
// a service links can reach it.
package broker
