package eventbus

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// noticeEvery bounds how often one kind of notice is logged: an outage must
	// not fill the log with one line a record.
	noticeEvery = 10 * time.Second

	// maxNotices bounds the kinds, which records may name.
	maxNotices = 1000
)

// notices logs what may happen for every record.
type notices struct {
	mu    sync.Mutex
	kinds map[string]*notice
}

type notice struct {
	last    time.Time
	dropped int
}

// say logs a warning, at most one of a kind in noticeEvery, with how many were
// left out before it.
func (n *notices) say(logger *slog.Logger, kind, text string, args ...any) {
	if dropped, ok := n.allow(kind, noticeEvery); ok {
		if dropped > 0 {
			args = append(args, "left_out", dropped)
		}
		logger.Warn(text, args...)
	}
}

// once logs the first of a kind.
func (n *notices) once(logger *slog.Logger, kind, text string, args ...any) {
	if _, ok := n.allow(kind, 1<<62); ok {
		logger.Info(text, args...)
	}
}

func (n *notices) allow(kind string, every time.Duration) (dropped int, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kinds[kind]
	if k == nil {
		if len(n.kinds) >= maxNotices {
			return 0, false
		}
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
