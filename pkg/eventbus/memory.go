package eventbus

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

const (
	// messageMemory is what a record takes beside its bytes: the client's message
	// with its topic, and the scheduler's item.
	messageMemory = 512

	// headerMemory is what a header takes beside its bytes: a string, a slice, and
	// an allocation for each.
	headerMemory = 80
)

// memoryOf is what a record keeps alive until it is settled, in bytes. A record of
// the wire's size may be many times as large here: a header of no bytes takes two
// on the wire.
func memoryOf(m *kafka.Message) int {
	size := messageMemory + len(m.Key) + len(m.Value)
	for i := range m.Headers {
		size += headerMemory + len(m.Headers[i].Key) + len(m.Headers[i].Value)
	}
	return size
}
