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
// The defaults try 10 times within about 80 s.
type RetryPolicy struct {
	// InitialDelay is the wait after the first attempt. Defaults to 200 ms.
	InitialDelay time.Duration

	// Jitter is the share of each delay that is random, to either side, 0 to 1.
	// Defaults to 0.2; a negative value means none.
	Jitter float64

	// MaxAttempts counts the first one too. Defaults to 10.
	MaxAttempts int

	// MaxDelay bounds each delay. Defaults to 30 s.
	MaxDelay time.Duration

	// MaxElapsed bounds the time from the first attempt's start to the last
	// one's end, handlers' time included. Defaults to 5 min.
	MaxElapsed time.Duration

	// Multiplier is the ratio of two delays, at least 1. Defaults to 2.
	Multiplier float64
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.InitialDelay == 0 {
		p.InitialDelay = 200 * time.Millisecond
	}
	if p.Jitter == 0 {
		p.Jitter = 0.2
	}
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 10
	}
	if p.MaxDelay == 0 {
		p.MaxDelay = 30 * time.Second
	}
	if p.MaxElapsed == 0 {
		p.MaxElapsed = 5 * time.Minute
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
	}
	return time.Duration(math.Min(d, 1<<62))
}

// exhausted reports whether no further attempt may come after attempt, which
// ended elapsed after the first one's start, if the next would come after wait.
func (p RetryPolicy) exhausted(attempt int, elapsed, wait time.Duration) bool {
	return attempt >= p.MaxAttempts || wait > p.MaxElapsed-elapsed
}
