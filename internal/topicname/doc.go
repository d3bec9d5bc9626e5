// Package topicname knows what a Kafka topic name is, and which names this
// module derives from one: those of a consumer group's dead-letter topic and
// redrive topic. Contracts, the bus, the catalogue and eventctl ask it.
//
// It is about names alone: whether a topic exists, what is in it and how it is
// configured are known elsewhere. It imports the standard library only.
package topicname
