package eventbus

import (
	"fmt"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// holdCheck is how often a record that waits for a newer version is looked at
// again. Nothing in this process can change its fate, and a shutdown waits for
// retries that are due soon.
const holdCheck = time.Hour

// mostHeld is what one partition may hold: MaxHeld keys, and of the bytes of its
// share what these are of its records. Whoever writes to the topic may claim the next
// major, and what is held takes room from the partition until a deployment.
func (c *Consumer) mostHeld() (keys int, bytes int64) {
	share := c.cfg.MaxInFlight / partitionShare
	of := c.cfg.MaxInFlightBytes / partitionByteShare
	if c.cfg.MaxHeld >= share { // the partition pauses before
		return c.cfg.MaxHeld, c.cfg.MaxInFlightBytes
	}
	return c.cfg.MaxHeld, of * int64(c.cfg.MaxHeld) / int64(share)
}

// hold lets a record wait for a newer version of the service, and its key with it. It
// reports false if the partition holds as many as it may: the first of them waits
// however large it is.
func (c *Consumer) hold(it *flow.Item[delivery], e *event.Error) bool {
	d := &it.Value
	keys, bytes := c.mostHeld()
	size := int64(memoryOf(d.msg))
	a, now := d.in, time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, again := a.blocked[it.Offset()]; again {
		return true
	}
	n, held := 0, size
	for _, b := range a.blocked {
		if b.code == HealthVersionNeeded {
			n++
			held += b.size
		}
	}
	if n > 0 && (n >= keys || held > bytes) {
		return false
	}
	if a.blocked == nil {
		a.blocked = map[int64]blockage{}
	}
	a.blocked[it.Offset()] = blockage{
		code: HealthVersionNeeded, since: now, size: size,
		detail: fmt.Sprintf("an event %.64s %.20s waits: deploy a version of this service that knows major %d", e.Metadata.Type, e.Metadata.Version, e.Major),
	}
	return true
}
