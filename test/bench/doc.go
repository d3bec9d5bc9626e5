// Command bench measures the bus against the client that it is built on: the
// same bytes, sent and polled at the same settings, by confluent-kafka-go alone
// and by package eventbus, in turns and in processes of their own, against an
// embedded broker in another process. Only the ratios mean something.
//
//	go run .                    everything, about four minutes
//	go run . -rounds 5          more rounds
//	go run . -only bus          some groups of series; publish/linger only so
//	go run . -kafka             on Apache Kafka, after make kafka-jars
//	go run . -memory            a million events and a slow handler: its memory
//	go run . -profile DIR       CPU and allocation profiles of each series
//
// It is a module of its own, so that what only a benchmark needs stays out of
// the graphs of those who import the toolkit.
package main
