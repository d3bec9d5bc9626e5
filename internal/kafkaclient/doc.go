// Package kafkaclient is what the module knows about Kafka clients and that has
// nothing to do with events: what a cluster's clients share, which properties of
// librdkafka are theirs to set, the questions that are put to a cluster before
// anything is sent or read, a [Producer] of records with definite outcomes, and a
// reader of topics. Package eventbus and eventctl stand on it.
//
// librdkafka allows few calls beside each other, and a call may block for as long
// as a broker does not answer. Whatever can wait is therefore watched (see
// [Watch]), and each client is destroyed only after the last call on it.
package kafkaclient
