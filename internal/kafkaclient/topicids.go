package kafkaclient

import (
	"context"
	"fmt"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// noTopicID is what brokers before topic ids (KIP-516) answer.
const noTopicID = "AAAAAAAAAAAAAAAAAAAAAA"

// TopicIDs are the ids of the logs behind topics' names (KIP-516): a topic that was
// deleted and made again has another one.
type TopicIDs struct {
	ByName map[string]string // a topic whose id is not told is not in it
	Gone   []string          // topics that do not exist, in the order of the question
	Denied []string          // those that may not be read, as far as the cluster tells
}

// TopicIDsOf asks for the ids of topics, which are to be read.
func TopicIDsOf(ctx context.Context, admin *kafka.AdminClient, topics []string) (TopicIDs, error) {
	out := TopicIDs{ByName: make(map[string]string, len(topics))}
	res, err := admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(topics),
		kafka.SetAdminOptionIncludeAuthorizedOperations(true))
	if err != nil {
		return out, fmt.Errorf("ask for the ids of topics %s: %w", strings.Join(topics, ", "), err)
	}
	for _, d := range res.TopicDescriptions {
		t := Topic{Operations: d.AuthorizedOperations, Known: len(d.AuthorizedOperations) > 0}
		if code := d.Error.Code(); code == kafka.ErrTopicAuthorizationFailed || code == kafka.ErrNoError && !t.allows(kafka.ACLOperationRead) {
			out.Denied = append(out.Denied, d.Name)
		}
		switch id := strings.TrimRight(d.TopicID.String(), "="); {
		case IsUnknownTopic(d.Error.Code()):
			out.Gone = append(out.Gone, d.Name)
		case d.Error.Code() == kafka.ErrNoError && id != "" && id != noTopicID:
			out.ByName[d.Name] = id
		}
	}
	return out, nil
}
