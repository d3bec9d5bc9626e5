package eventbus

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// RetryPolicy says how often and when a failed handler is called again. Waiting
// holds no worker: only the event's key waits. Attempts are counted in this
// process; after a restart or a rebalance they begin at 1.
//
// The defaults try 10 times within about 80 s. RetryPolicy{MaxAttempts: NoLimit} tries
// until the handler succeeds, or says otherwise.
type RetryPolicy struct {
	// InitialDelay is the wait after the first attempt. Defaults to 200 ms.
	InitialDelay time.Duration

	// Jitter is the share of each delay that is random, to either side, 0 to 1; no
	// delay exceeds MaxDelay for it. Defaults to 0.2; a negative value means none.
	Jitter float64

	// MaxAttempts counts the first one too; NoLimit is as many as it takes. Defaults
	// to 10.
	MaxAttempts int

	// MaxDelay bounds each delay. Defaults to 30 s, or to InitialDelay if that is more.
	MaxDelay time.Duration

	// MaxElapsed bounds the time from the first attempt's start to the last
	// one's end, handlers' time included. Defaults to 5 min, or to ten times
	// InitialDelay if that is more; to NoLimit if MaxAttempts is.
	MaxElapsed time.Duration

	// Multiplier is the ratio of two delays, at least 1. Defaults to 2.
	Multiplier float64
}

// NoLimit is for MaxAttempts and MaxElapsed of a RetryPolicy.
const NoLimit = math.MaxInt64

// inherit fills what p leaves open from another policy that has no defaults yet.
func (p RetryPolicy) inherit(from RetryPolicy) RetryPolicy {
	own := p
	orDefault(&p.InitialDelay, from.InitialDelay)
	orDefault(&p.Jitter, from.Jitter)
	orDefault(&p.MaxAttempts, from.MaxAttempts)
	orDefault(&p.MaxDelay, from.MaxDelay)
	orDefault(&p.MaxElapsed, from.MaxElapsed)
	orDefault(&p.Multiplier, from.Multiplier)
	if p.MaxDelay != 0 && p.InitialDelay > p.MaxDelay {
		switch {
		case own.MaxDelay == 0 && own.InitialDelay != 0:
			p.MaxDelay = p.InitialDelay
		case own.InitialDelay == 0 && own.MaxDelay != 0:
			p.InitialDelay = p.MaxDelay
		}
	}
	return p
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.InitialDelay == 0 {
		p.InitialDelay = 200 * time.Millisecond
		if p.MaxDelay > 0 {
			p.InitialDelay = min(p.InitialDelay, p.MaxDelay)
		}
	}
	if p.Jitter == 0 {
		p.Jitter = 0.2
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 10
	}
	if p.MaxDelay == 0 {
		p.MaxDelay = max(30*time.Second, p.InitialDelay)
	}
	if p.MaxElapsed == 0 {
		p.MaxElapsed = max(5*time.Minute, 10*min(p.InitialDelay, NoLimit/10))
		if p.MaxAttempts == NoLimit {
			p.MaxElapsed = NoLimit
		}
	}
	if p.Multiplier == 0 {
		p.Multiplier = 2
	}
	return p
}

// problems lists what is wrong with a policy that has its defaults.
func (p RetryPolicy) problems(field string) []error {
	var out []error
	bad := func(name, format string, args ...any) {
		out = append(out, config.Problemf(field+"."+name, format, args...))
	}
	if p.InitialDelay < 0 {
		bad("InitialDelay", "%s is negative", p.InitialDelay)
	}
	if p.Jitter > 1 || math.IsNaN(p.Jitter) {
		bad("Jitter", "%v is not a number of at most 1", p.Jitter)
	}
	if p.MaxAttempts < 1 {
		bad("MaxAttempts", "%d is below 1", p.MaxAttempts)
	}
	if p.MaxDelay < p.InitialDelay {
		bad("MaxDelay", "%s is below InitialDelay, %s", p.MaxDelay, p.InitialDelay)
	}
	if p.MaxElapsed < 0 {
		bad("MaxElapsed", "%s is negative", p.MaxElapsed)
	}
	if !(p.Multiplier >= 1) || math.IsInf(p.Multiplier, 0) {
		bad("Multiplier", "%v is not a number of at least 1", p.Multiplier)
	}
	return out
}

// delay is the wait after an attempt that failed, counted from 1.
func (p RetryPolicy) delay(attempt int) time.Duration {
	d := float64(p.InitialDelay) * math.Pow(p.Multiplier, float64(attempt-1))
	d = math.Min(d, float64(p.MaxDelay))
	if p.Jitter > 0 {
		d *= 1 + p.Jitter*(2*rand.Float64()-1)
		if most := float64(p.MaxDelay); d > most {
			d = most - (d - most) // as random below it: not all at once
		}
	}
	return time.Duration(math.Min(d, 1<<62))
}

// exhausted reports whether no further attempt may come after attempt, which
// ended elapsed after the first one's start, if the next would come after wait.
func (p RetryPolicy) exhausted(attempt int, elapsed, wait time.Duration) bool {
	return attempt >= p.MaxAttempts || wait > p.MaxElapsed-elapsed
}
