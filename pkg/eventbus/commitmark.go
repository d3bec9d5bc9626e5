package eventbus

import (
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// markPrefix begins the metadata of a commit that names its log.
const markPrefix = "topic-id="

// markOf is the metadata of a commit of the log with that id: an offset alone does
// not say which log it is of, once a topic was deleted and made again. It is nil if
// the cluster has no topic ids.
func markOf(topicID string) *string {
	if topicID == "" {
		return nil
	}
	mark := markPrefix + topicID
	return &mark
}

// markedLog is the id of the log that a commit is of; "" if it does not say, as
// those by other clients and by kafka-consumer-groups.sh.
func markedLog(tp kafka.TopicPartition) string {
	if tp.Metadata == nil {
		return ""
	}
	id, ok := strings.CutPrefix(*tp.Metadata, markPrefix)
	if !ok {
		return ""
	}
	return id
}
