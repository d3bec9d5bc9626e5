package deadletter

import (
	"strconv"
	"strings"
)

// ID identifies one failure: the record, by its place in the topic that it
// failed on, and the group. A record that fails once more after a redrive has
// another one, since it failed on the redrive topic.
//
// Two dead letters with one ID tell of one failure: a consumer that ends after
// it has written a dead letter and before it has committed the offset writes
// the dead letter again.
//
// Partition and Offset are text because nothing is calculated with them. An ID
// that somebody wrote by hand stays what it is, byte for byte.
type ID struct {
	Group     string
	Topic     string // the source topic, or the group's redrive topic
	Partition string
	Offset    string
}

// NewID is the ID of the failure of group on a record.
func NewID(group, topic string, partition int32, offset int64) ID {
	return ID{Group: group, Topic: topic, Partition: strconv.Itoa(int(partition)), Offset: strconv.FormatInt(offset, 10)}
}

// String is GROUP/TOPIC/PARTITION/OFFSET. Names of groups and topics have no
// slash.
func (id ID) String() string {
	return id.Group + "/" + id.Topic + "/" + id.Partition + "/" + id.Offset
}

// ParseID reads what String writes, and accepts any text of four parts.
// Whether the names are right is for [Read] to say, which knows the topic.
func ParseID(text string) (id ID, ok bool) {
	// One part more than there may be: a text of slashes alone must not become a
	// slice many times its size.
	parts := strings.SplitN(text, "/", 5)
	if len(parts) != 4 {
		return ID{}, false
	}
	return ID{Group: parts[0], Topic: parts[1], Partition: parts[2], Offset: parts[3]}, true
}
