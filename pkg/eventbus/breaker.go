package eventbus

import (
	"fmt"
	"hash/maphash"
	"math"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// BreakerPolicy says when most of a handler's attempts fail, so that what it depends on is
// taken to be away. Then its circuit breaker opens: no attempt of that handler starts but
// one at a time that probes, none is the last one, and nothing of it becomes a dead letter
// for its failures. Once a probe succeeds, all goes on. Each handler has a breaker of its
// own. Failures are errors that are tried again: Permanent and Skip are none.
//
// BreakerPolicy{MinAttempts: NoLimit} never opens one.
type BreakerPolicy struct {
	// FailureShare is the share of attempts within Window that must fail, above 0 and up to
	// 1. Defaults to 0.5.
	FailureShare float64

	// MaxProbeDelay bounds the wait between two probes. Defaults to 30 s, or to ProbeDelay
	// if that is more.
	MaxProbeDelay time.Duration

	// MinAttempts is how many attempts must have ended within Window. Defaults to 20.
	MinAttempts int

	// MinKeys is for how many keys attempts must have failed: records that fail by
	// themselves open nothing. Defaults to 5.
	MinKeys int

	// ProbeDelay is the wait before the first probe. It doubles with each that fails.
	// Defaults to 1 s.
	ProbeDelay time.Duration

	// Window is how far back attempts count. Defaults to 1 min.
	Window time.Duration
}

func (p BreakerPolicy) withDefaults() BreakerPolicy {
	if p.FailureShare == 0 {
		p.FailureShare = 0.5
	}
	orDefault(&p.MinAttempts, 20)
	orDefault(&p.MinKeys, 5)
	orDefault(&p.ProbeDelay, time.Second)
	orDefault(&p.MaxProbeDelay, max(30*time.Second, p.ProbeDelay))
	orDefault(&p.Window, time.Minute)
	return p
}

// problems lists what is wrong with a policy that has its defaults.
func (p BreakerPolicy) problems() []error {
	var out []error
	bad := func(name, format string, args ...any) {
		out = append(out, config.Problemf("Breaker."+name, format, args...))
	}
	if !(p.FailureShare > 0 && p.FailureShare <= 1) {
		bad("FailureShare", "%v is not above 0 and at most 1", p.FailureShare)
	}
	if p.MaxProbeDelay < p.ProbeDelay {
		bad("MaxProbeDelay", "%s is below ProbeDelay, %s", p.MaxProbeDelay, p.ProbeDelay)
	}
	if p.MinAttempts < 1 {
		bad("MinAttempts", "%d is below 1", p.MinAttempts)
	}
	if p.MinKeys < 1 {
		bad("MinKeys", "%d is below 1", p.MinKeys)
	}
	if p.ProbeDelay < time.Millisecond {
		bad("ProbeDelay", "%s is below 1 ms", p.ProbeDelay)
	}
	if p.Window < time.Second {
		bad("Window", "%s is below 1 s", p.Window)
	}
	return out
}

func (p BreakerPolicy) breaker() *breaker.Breaker {
	return breaker.New(breaker.Policy{
		Window: p.Window, MinCalls: p.MinAttempts, MinKeys: min(p.MinKeys, math.MaxInt32), FailureShare: p.FailureShare,
		ProbeDelay: p.ProbeDelay, MaxProbeDelay: p.MaxProbeDelay,
	})
}

// breakerTicket is a record's right to a call that the breaker decides about.
type breakerTicket struct {
	ticket
	call breaker.Call
}

// begin reports whether d may call the handler now, as far as the breaker is concerned.
func (b *boundHandler) begin(d *delivery) (breaker.Call, bool) {
	t := d.call
	if d.call = nil; t != nil && t.use() {
		return t.call, true
	}
	return b.breaker.Begin()
}

// waitForBreaker has it run again once the breaker lets it.
func (b *boundHandler) waitForBreaker(it *flow.Item[delivery]) flow.Outcome {
	d := &it.Value
	ended := d.in.turning
	return flow.Async(func(finish func(flow.Outcome)) {
		t := &breakerTicket{ticket: ticket{finish: finish}}
		d.call = t
		forget := b.breaker.Wait(func(c breaker.Call) bool {
			t.call = c
			return t.give(c.Dropped)
		})
		t.watch(ended, forget)
	})
}

var keySeed = maphash.MakeSeed()

// keyOf tells keys of records apart. A record without a place in any order is its own.
func (d *delivery) keyOf(offset int64) uint64 {
	id := struct {
		topic, key string
		partition  int32
		offset     int64
	}{topic: d.in.source.name, key: string(d.msg.Key), partition: d.in.partition}
	if d.msg.Key == nil && d.in.source.unordered {
		id.offset = offset + 1
	}
	return maphash.Comparable(keySeed, id)
}

// openBreakers tells of the handlers whose breaker is open.
func (r *routes) openBreakers(now time.Time) []HealthReason {
	var out []HealthReason
	for _, h := range r.bound {
		s := h.breaker.State()
		if !s.Open {
			continue
		}
		out = append(out, HealthReason{Code: HealthBreakerOpen, Detail: fmt.Sprintf(
			"since %s ago most attempts of the handler of %s fail: what it depends on seems to be away. %d keys wait; the next attempt, which probes, comes in %s",
			now.Sub(s.Since).Round(time.Second), h.name, s.Waiting, max(0, s.Next.Sub(now)).Round(time.Second))})
	}
	return out
}

// watchBreakers has the breakers follow the time, and logs what they do.
func (c *Consumer) watchBreakers(now time.Time) {
	for _, h := range c.routes.bound {
		h.breaker.Tick(now)
		s := h.breaker.State()
		switch {
		case s.Open && !h.wasOpen:
			c.logger.Warn("most attempts of a handler fail: its circuit breaker is open, and no attempt starts but one at a time that probes", "group", c.cfg.Group, "handler", h.name)
		case h.wasOpen && !s.Open:
			c.logger.Info("an attempt that probed has succeeded: the handler's circuit breaker is closed, and all that waited goes on", "group", c.cfg.Group, "handler", h.name)
		}
		h.wasOpen = s.Open
	}
}
