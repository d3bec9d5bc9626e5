package account

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// JournalReader follows a journal that may still be written. It is for one
// goroutine.
type JournalReader struct {
	path string
	read int64 // bytes, up to the end of a line
	cut  int   // bytes of the last line, if it has no end
}

// NewJournalReader reads the journal at path from its beginning.
func NewJournalReader(path string) *JournalReader { return &JournalReader{path: path} }

// ReadJournal reads what a journal has now.
func ReadJournal(path string) (Journal, error) {
	r := NewJournalReader(path)
	entries, err := r.Next()
	name := filepath.Base(path)
	return Journal{Name: strings.TrimSuffix(name, filepath.Ext(name)), Entries: entries, Cut: r.cut}, err
}

// Next returns the entries that were added since the last call. A last line
// without its end is left for the next call: it is being written, or its writer
// was killed in the middle of it. Any other line that is not an entry is an error,
// which names its place in the file.
func (r *JournalReader) Next() ([]Entry, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if _, err := f.Seek(r.read, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	var out []Entry
	for lines := bufio.NewReaderSize(f, 1<<16); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			r.cut = len(line)
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		e, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("read journal %s at byte %d: %w", r.path, r.read, err)
		}
		r.read += int64(len(line))
		out = append(out, e)
	}
}

func parseEntry(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
		return e, err
	}
	if !known[e.Kind] {
		return e, fmt.Errorf("%q is not a kind of entry", e.Kind)
	}
	return e, nil
}
