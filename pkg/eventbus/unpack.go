package eventbus

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// packed finds the batch's first offset and its size in the client's text, the only
// place where they are: "Decompression (codec 0x4) of message at 7 of 15432 bytes
// failed: …".
var packed = regexp.MustCompile(`message at (\d+) of (\d+) bytes`)

// unpackable is a batch that the client could not unpack. It tries again twice a
// second, and its partition stands still meanwhile.
type unpackable struct{ offset, size int64 }

// cannotUnpack is called when the client could not unpack a batch, which it says
// without the partition. The second time it says the same, the partition is one that has
// more to read and has not come to the batch, or is within it.
func (o *owner) cannotUnpack(err kafka.Error) {
	o.c.notices.Say(o.c.logger, "unpack", "a batch cannot be unpacked", "group", o.c.cfg.Group, "error", err)
	m := packed.FindStringSubmatch(err.Error())
	if m == nil {
		return
	}
	var batch unpackable
	batch.offset, _ = strconv.ParseInt(m[1], 10, 64) // digits
	batch.size, _ = strconv.ParseInt(m[2], 10, 64)
	if o.unpacking != batch {
		o.unpacking = batch
		return
	}
	var at, before, within []*assignment
	for _, a := range o.assignments.list {
		_, end, err := o.client.GetWatermarkOffsets(a.source.name, a.partition) // as the client knows it
		if err != nil || end <= max(a.next, batch.offset) {
			continue
		}
		switch {
		case a.next == batch.offset:
			at = append(at, a)
		case a.next < batch.offset:
			before = append(before, a)
		default:
			within = append(within, a)
		}
	}
	for _, list := range [][]*assignment{at, before, within} {
		for _, a := range list {
			o.block(a, batch)
		}
		if len(list) > 0 {
			return
		}
	}
}

// block tells that a batch stops a partition, until something of it is read.
func (o *owner) block(a *assignment, batch unpackable) {
	if a.unpackable != nil {
		return
	}
	a.unpackable = &batch
	a.block(batch.offset, blockage{code: HealthCorrupt, final: true, detail: unpackDetail(o.c, a, batch)})
	o.c.logger.Error("a batch cannot be unpacked: its partition waits",
		"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "offset", batch.offset, "bytes", batch.size)
}

// unpacked is called when something has been read of an assignment that was blocked.
func (a *assignment) unpacked() {
	a.unblock(a.unpackable.offset)
	a.unpackable = nil
}

// unpackDetail says what to do about a batch that cannot be unpacked.
func unpackDetail(c *Consumer, a *assignment, batch unpackable) string {
	return fmt.Sprintf("the batch at offset %d, of %d bytes, cannot be unpacked: it is damaged, or unpacks to more than receive.message.max.bytes (%s). Nothing behind it is handled. Raise ConsumerConfig.Config[\"receive.message.max.bytes\"], up to 2147483647, if there is as much memory; or skip the batch: stop all members of the group, and set its offset behind the batch with kafka-consumer-groups.sh --reset-offsets --group %s --topic %s:%d --to-offset OFFSET --execute",
		batch.offset, batch.size, c.client.MaxAnswer(), c.cfg.Group, a.source.name, a.partition)
}
