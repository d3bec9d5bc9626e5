package main

import (
	"path/filepath"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// watch follows all journals of a run while they are written.
type watch struct {
	dir     string
	readers map[string]*account.JournalReader // by file
	entries map[string][]account.Entry        // by file
	handled int                               // successes
	failed  int                               // attempts that failed
	spent   int                               // of them, the last one that the mail policy allows
}

func newWatch(dir string) *watch {
	return &watch{dir: dir, readers: map[string]*account.JournalReader{}, entries: map[string][]account.Entry{}}
}

// poll takes in what the journals have got since the last time.
func (w *watch) poll() error {
	names, err := filepath.Glob(filepath.Join(w.dir, "*.journal"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if w.readers[name] == nil {
			w.readers[name] = account.NewJournalReader(name)
		}
		more, err := w.readers[name].Next()
		if err != nil {
			return err
		}
		for _, e := range more {
			switch e.Kind {
			case account.Handled:
				w.handled++
			case account.Failed:
				w.failed++
				if e.Attempt >= mailRetry.MaxAttempts {
					w.spent++
				}
			}
		}
		w.entries[name] = append(w.entries[name], more...)
	}
	return nil
}

// unsettled is what a member has begun and no commit of its group covers.
type unsettled struct {
	running  int // handlers under way, or waiting for their next attempt
	finished int // handled, and yet to be committed
}

// unsettled compares a member's journal with the commits of its group.
func (w *watch) unsettled(file string, committed map[account.TopicPartition]int64) unsettled {
	last := map[account.Position]account.Kind{}
	for _, e := range w.entries[file] {
		if e.Offset >= committed[e.TopicPartition] {
			last[e.Position] = e.Kind
		}
	}
	var u unsettled
	for _, kind := range last {
		if kind == account.Handled || kind == account.Skipped {
			u.finished++
		} else {
			u.running++
		}
	}
	return u
}

// recovered counts the records that failed and were handled by a later attempt
// of the same member.
func (w *watch) recovered() int {
	n := 0
	for _, entries := range w.entries {
		failed := map[account.Position]bool{}
		for _, e := range entries {
			switch {
			case e.Kind == account.Failed:
				failed[e.Position] = true
			case e.Kind == account.Handled && failed[e.Position]:
				delete(failed, e.Position)
				n++
			}
		}
	}
	return n
}
