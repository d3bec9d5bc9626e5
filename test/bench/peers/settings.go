package peers

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// The raw client has every setting that package eventbus gives its own and that
// costs or gains anything.

func rawProducerSettings(addr string, lingerMs int) *kafka.ConfigMap {
	return &kafka.ConfigMap{
		"bootstrap.servers":                     addr,
		"enable.idempotence":                    true,
		"acks":                                  "all",
		"max.in.flight.requests.per.connection": 5,
		"partitioner":                           "murmur2_random",
		"compression.type":                      "lz4",
		"linger.ms":                             lingerMs,
		"message.max.bytes":                     1 << 20,
		"batch.size":                            1_000_000,
		"queue.buffering.max.messages":          65536,
		"queue.buffering.max.kbytes":            65536,
		"allow.auto.create.topics":              false,
		"enable.metrics.push":                   false,
		"go.delivery.report.fields":             "none",
		"go.events.channel.size":                1000,
	}
}

func rawConsumerSettings(addr, group string) *kafka.ConfigMap {
	return &kafka.ConfigMap{
		"bootstrap.servers":             addr,
		"group.id":                      group,
		"enable.auto.commit":            true,
		"auto.commit.interval.ms":       1000,
		"auto.offset.reset":             "earliest",
		"isolation.level":               "read_committed",
		"enable.partition.eof":          true,
		"check.crcs":                    true,
		"allow.auto.create.topics":      false,
		"fetch.queue.backoff.ms":        5,
		"fetch.wait.max.ms":             50,
		"queued.max.messages.kbytes":    16384,
		"partition.assignment.strategy": "cooperative-sticky",
		"enable.metrics.push":           false,
	}
}
