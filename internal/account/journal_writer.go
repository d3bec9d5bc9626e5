package account

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

// JournalWriter appends to the journal of one process. Each entry is one write to
// a file opened with O_APPEND, and is in the system's hands when Write returns, so
// that kill -9 leaves whole lines; only the machine's own end can take them. It is
// safe for concurrent use.
type JournalWriter struct {
	mu     sync.Mutex
	file   io.WriteCloser
	failed error // the first; the end of the file is unknown since
}

// CreateJournal creates a journal. A file that exists is an error: each
// incarnation of a process has a journal of its own.
func CreateJournal(path string) (*JournalWriter, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return &JournalWriter{file: f}, nil
}

// Write appends an entry and sets its time. Times in one journal never go back.
//
// What it cannot write, the account cannot see: a handler that gets an error must
// fail. After one, nothing more is written, because the next entry would continue
// a line of which only a part may be on disk.
func (w *JournalWriter) Write(e Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return fmt.Errorf("write to journal: an earlier entry has failed: %w", w.failed)
	}
	e.At = monotonic()
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write to journal: %w", err)
	}
	if _, err := w.file.Write(append(line, '\n')); err != nil {
		w.failed = err
		return fmt.Errorf("write to journal: %w", err)
	}
	return nil
}

// Now is the time that an entry written now would have, for Since.
func Now() int64 { return monotonic() }

// Close closes the file.
func (w *JournalWriter) Close() error { return w.file.Close() }
