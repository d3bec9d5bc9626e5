package eventbus

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// corruptTries is how often a batch is read before its partition is held: a
	// byte that flipped on its way is another one next time.
	corruptTries = 3

	// corruptRetry is how often it is read after that: a broker may be mended.
	corruptRetry = 10 * time.Second
)

// corruptOffset finds the batch's first offset in the client's text, the only place
// where it is: "MessageSet at offset 7 (81 bytes) failed CRC32C check …",
// "Decompression (codec 0x3) of message at 7 of 81 bytes failed: …",
// "Unsupported Message(Set) MagicByte 9 at offset 7".
var corruptOffset = regexp.MustCompile(`\bat (?:relative )?(?:offset )?(\d+)\b`)

// isCorrupt reports whether the client could not read a batch. It tells of that
// once, and then reads on behind the batch.
func isCorrupt(code kafka.ErrorCode) bool {
	return code == kafka.ErrBadMsg || code == kafka.ErrBadCompression || code == kafka.ErrNotImplemented
}

// corrupt is called when the client could not read a batch (C20). It does not say
// of which partition: every one that has not come to the batch's offset is suspected,
// and what shows next clears it or not.
func (o *owner) corrupt(err kafka.Error) {
	o.c.counts.corrupt.Add(1)
	o.c.notices.Say(o.c.logger, "corrupt", "a batch cannot be read: it is read again", "group", o.c.cfg.Group, "error", err)
	m := corruptOffset.FindStringSubmatch(err.Error())
	if m == nil {
		o.outOfRange() // the partition that does not go on is read again from where it is
		return
	}
	offset, _ := strconv.ParseInt(m[1], 10, 64) // digits
	for _, a := range o.assignments.list {
		if a.next < 0 || a.place != nil && !a.place.reading {
			continue
		}
		at := offset
		if a.next > offset {
			if !o.beginsWithin(a) {
				continue
			}
			at = a.next
		}
		switch {
		case a.suspect == at: // nothing came between: the client does not get past it
			o.hold(a)
		case a.suspect < 0 || at < a.suspect:
			a.suspect, a.unsure = at, true
		}
	}
}

// beginsWithin reports whether an assignment may begin within a batch that lies below
// its next offset: nothing of it has come, and there is more.
func (o *owner) beginsWithin(a *assignment) bool {
	_, end, err := o.client.GetWatermarkOffsets(a.source.name, a.partition) // as the last answer said
	return a.next == a.start && err == nil && end > a.next
}

// passes decides about a suspected assignment, of which a record or the log's end
// has come. What lies behind the batch is not taken: the batch is read again.
func (o *owner) passes(a *assignment, offset int64, record bool) bool {
	switch {
	case offset > a.suspect:
		o.hold(a)
		return false
	case offset == a.suspect || !record: // it can be read, or nothing is there
		a.suspect = -1
	}
	return true
}

// hold reads a suspected assignment again from its next offset: at once the first
// time, later after a while. The watermark does not pass the batch, and after
// corruptTries Health names it: only a person may decide to skip it.
func (o *owner) hold(a *assignment) {
	told := a.corrupt == a.suspect
	a.corrupt, a.suspect = a.suspect, -1
	p := place{committed: a.committed.Load()}
	if a.tries >= corruptTries-1 {
		p.due = time.Now().Add(corruptRetry)
		a.block(a.corrupt, blockage{code: HealthCorrupt, final: true, detail: fmt.Sprintf(
			"the batch at offset %d cannot be read: it is corrupt on the broker, becomes so on its way, or unpacks to more than receive.message.max.bytes (%s). Nothing behind it is handled. If it is large, raise that property in ConsumerConfig.Config, up to 2147483647, if there is as much memory. %s",
			a.corrupt, o.c.client.MaxAnswer(), o.pastBatch(a))})
		if told && a.tries == corruptTries-1 {
			o.c.logger.Error("a batch cannot be read: its partition waits", "group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "offset", a.corrupt)
		}
	}
	o.seek(a, p)
	o.pause(time.Now())
}
