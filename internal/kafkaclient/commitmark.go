package kafkaclient

import (
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// markPrefix begins the metadata of a commit that names its log.
const markPrefix = "topic-id="

// CommitMark is the metadata of a commit of the log with that id: an offset alone does
// not say which log it is of, once a topic was deleted and made again. Words behind the
// id are for people. It is nil if the cluster has no topic ids and there are no words.
func CommitMark(topicID string, words ...string) *string {
	if topicID != "" {
		words = append([]string{markPrefix + topicID}, words...)
	}
	if len(words) == 0 {
		return nil
	}
	mark := strings.Join(words, " ")
	return &mark
}

// MarkedLog is the id of the log that a commit is of; "" if it does not say, as
// those by other clients and by kafka-consumer-groups.sh.
func MarkedLog(tp kafka.TopicPartition) string {
	if tp.Metadata == nil {
		return ""
	}
	id, ok := strings.CutPrefix(*tp.Metadata, markPrefix)
	if !ok {
		return ""
	}
	id, _, _ = strings.Cut(id, " ")
	return id
}
