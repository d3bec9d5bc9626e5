package kafkaclient

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// noticeEvery bounds how often one kind of notice is logged: an outage must
	// not fill the log with one line a record.
	noticeEvery = 10 * time.Second

	// maxSeen bounds the kinds that records name, such as by their type.
	maxSeen = 1000
)

// Notices logs what may happen for every record.
type Notices struct {
	mu    sync.Mutex
	kinds map[string]*notice
	seen  map[string]struct{} // by Once
	later []func()            // by Later
}

type notice struct {
	last    time.Time
	dropped int
}

// Say logs a warning, at most one of a kind in noticeEvery, with how many were
// left out before it.
func (n *Notices) Say(logger *slog.Logger, kind, text string, args ...any) {
	if dropped, ok := n.allow(kind, noticeEvery); ok {
		if dropped > 0 {
			args = append(args, "left_out", dropped)
		}
		logger.Warn(text, args...)
	}
}

// Error is Say for what is a bug of the service.
func (n *Notices) Error(logger *slog.Logger, kind, text string, args ...any) {
	if dropped, ok := n.allow(kind, noticeEvery); ok {
		logger.Error(text, append(args, "left_out", dropped)...)
	}
}

// Later is Say for a goroutine that may not wait for a logger, which is the
// user's: Flush logs it.
func (n *Notices) Later(logger *slog.Logger, kind, text string, args ...any) {
	dropped, ok := n.allow(kind, noticeEvery)
	if !ok {
		return
	}
	if dropped > 0 {
		args = append(args, "left_out", dropped)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.later = append(n.later, func() { logger.Warn(text, args...) })
}

// Flush logs what Later has kept.
func (n *Notices) Flush() {
	n.mu.Lock()
	later := n.later
	n.later = nil
	n.mu.Unlock()
	for _, log := range later {
		log()
	}
}

// Once logs the first of a kind that records name. Foreign records with
// thousands of names cannot fill memory, nor the log.
func (n *Notices) Once(logger *slog.Logger, kind, text string, args ...any) {
	if n.first(fmt.Sprintf("%.100s", kind)) {
		logger.Info(text, args...)
	}
}

func (n *Notices) first(kind string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.seen[kind]; ok || len(n.seen) >= maxSeen {
		return false
	}
	if n.seen == nil {
		n.seen = map[string]struct{}{}
	}
	n.seen[kind] = struct{}{}
	return true
}

func (n *Notices) allow(kind string, every time.Duration) (dropped int, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kinds[kind]
	if k == nil {
		if n.kinds == nil {
			n.kinds = map[string]*notice{}
		}
		k = &notice{}
		n.kinds[kind] = k
	} else if time.Since(k.last) < every {
		k.dropped++
		return 0, false
	}
	dropped, k.dropped, k.last = k.dropped, 0, time.Now()
	return dropped, true
}
