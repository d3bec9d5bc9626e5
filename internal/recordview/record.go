package recordview

import (
	"encoding/base64"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Record is one record of a topic, with its place there.
type Record struct {
	event.Record

	Partition int32
	Offset    int64
	Timestamp time.Time // zero if the record has none
}

// At is the record's place in its topic, PARTITION/OFFSET, by which people name it.
func (r Record) At() string { return At(r.Partition, r.Offset) }

// At is a place in a topic as people write it.
func At(partition int32, offset int64) string { return fmt.Sprintf("%d/%d", partition, offset) }

// jsonKey is the key as JSON can hold it: text, where bytes that are not UTF-8 are
// lost, and then all of it in base64. Text is nil for a record without a key.
func (r Record) jsonKey() (text *string, binary string) {
	if r.Key == nil {
		return nil, ""
	}
	key := string(r.Key)
	if !utf8.ValidString(key) {
		binary = base64.StdEncoding.EncodeToString(r.Key)
	}
	return &key, binary
}

// KeyText is a view's key for people, who have to tell an empty key from none.
func KeyText(key *string) string {
	switch {
	case key == nil:
		return "(no key)"
	case *key == "":
		return "(empty key)"
	default:
		return *key
	}
}
