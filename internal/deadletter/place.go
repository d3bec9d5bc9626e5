package deadletter

import (
	"strconv"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Place is where a record was, and its own timestamp. The zero Place is not
// known.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp int64 // in milliseconds since 1970; negative if it is not known
}

// readPlace reads a place in topic from the three headers of it. It is the zero
// Place if partition or offset is missing or not a number; exact says that the
// timestamp is there too.
func readPlace(headers []event.Header, topic, partition, offset, timestamp string) (p Place, exact bool) {
	n, errPartition := parseNumber(Text(headers, partition), 32)
	at, errOffset := parseNumber(Text(headers, offset), 64)
	if topic == "" || errPartition != nil || errOffset != nil {
		return Place{}, false
	}
	ms, errTimestamp := parseNumber(Text(headers, timestamp), 64)
	if errTimestamp != nil {
		ms = -1
	}
	return Place{Topic: topic, Partition: int32(n), Offset: at, Timestamp: ms}, errTimestamp == nil
}

func parseNumber(s string, bits int) (int64, error) {
	if len(s) > maxDigits { // strconv would read any number of leading zeros
		return 0, strconv.ErrRange
	}
	return strconv.ParseInt(s, 10, bits)
}
