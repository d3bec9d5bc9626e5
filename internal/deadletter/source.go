package deadletter

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Source is the topic and the group that a dead-letter topic belongs to. Where dead
// letters are redriven to follows from it, and from nothing that a record says.
type Source struct{ Topic, Group string }

// SourcesOf are all sources that a dead-letter topic may belong to by its name: topics
// and groups may have dots, so that a.b.c.dlq is of a and b.c, or of a.b and c.
func SourcesOf(dlq string) []Source {
	var out []Source
	name, ok := topicname.CutDeadLetter(dlq)
	for at := 1; ok && at < len(name)-1; at++ {
		if name[at] == '.' {
			out = append(out, Source{Topic: name[:at], Group: name[at+1:]})
		}
	}
	return out
}

// Of is l as a dead letter of s: Foreign if it says that it is another's.
func (l Letter) Of(s Source) Letter {
	if l.Foreign == "" && (l.Topic != s.Topic || l.Group != s.Group) {
		l.Foreign = "its headers name topic " + l.Topic + " and group " + l.Group + ", and its topic belongs to " + s.Topic + " and " + s.Group
	}
	return l
}

// failed is one failure of one record. It is the same for two dead letters of it, and for
// what is redriven of them: they have the id, and the key, the value and the headers that
// the record had. The id alone may be forged: a stranger could write a letter with the id
// of a failure to come, and the real one would be left out. A digest of them is all that
// is kept.
type failed [sha256.Size]byte

func failureOf(id ID, rec event.Record) failed {
	h := sha256.New()
	var size [8]byte
	write := func(b []byte) {
		n := uint64(len(b)) + 1
		if b == nil { // null is not the empty text
			n = 0
		}
		binary.LittleEndian.PutUint64(size[:], n)
		h.Write(size[:])
		h.Write(b)
	}
	write([]byte(id.String()))
	write(rec.Key)
	write(rec.Value)
	for _, one := range rec.Headers {
		if !strings.HasPrefix(one.Key, headername.DeadLetterPrefix) && !strings.HasPrefix(one.Key, headername.RedrivePrefix) {
			write([]byte(one.Key))
			write(one.Value)
		}
	}
	return failed(h.Sum(nil))
}
