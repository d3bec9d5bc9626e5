package kafkaclient_test

import (
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Words for people behind the id of a log were taken for a part of it: a group that was
// reset would have read its log as one that was made again.
func TestCommitsNameTheirLog(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		mark *string
		want string
	}{
		"id":           {kafkaclient.CommitMark("abc"), "abc"},
		"id and words": {kafkaclient.CommitMark("abc", "reset=1:", "no old mails"), "abc"},
		"words alone":  {kafkaclient.CommitMark("", "reset=1:"), ""},
		"nothing":      {kafkaclient.CommitMark(""), ""},
	} {
		if got := kafkaclient.MarkedLog(kafka.TopicPartition{Metadata: row.mark}); got != row.want {
			t.Errorf("%s: MarkedLog = %q, want %q", name, got, row.want)
		}
	}
	if kafkaclient.CommitMark("") != nil {
		t.Error("a mark of nothing is not nil")
	}
}
