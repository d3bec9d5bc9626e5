package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// What a journal's line says.
const (
	lineStart = "start" // a handler was called
	lineOK    = "ok"    // it had its effect
	lineSkip  = "skip"  // it decided to do nothing
	lineFail  = "fail"  // it returns an error
)

// line is one line of a journal.
type line struct {
	What string `json:"what"`
	At   int64  `json:"at"` // Unix time, ns
	place
	Attempt  int    `json:"attempt"`
	Redriven bool   `json:"redriven,omitempty"`
	Type     string `json:"type"`
	ID       string `json:"id"`
}

// journal is what one incarnation of a member did, as it is on disk.
type journal struct {
	Name  string // of its file
	Lines []line
}

// journalWriter appends to a journal. Each line is one write, so that a killed
// process leaves whole lines.
type journalWriter struct {
	file  *os.File
	start time.Time
}

// journalFile names the journal of an incarnation.
func journalFile(dir, group, member string) string {
	return filepath.Join(dir, group+"."+member+".journal")
}

// journalsOf lists the journals of a group.
func journalsOf(dir, group string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, group+".*.journal"))
	slices.Sort(names)
	return names, err
}

func newJournal(path string) (*journalWriter, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return &journalWriter{file: f, start: time.Now()}, nil
}

func (w *journalWriter) close() error { return w.file.Close() }

// write notes what happens to the event that ctx belongs to.
func (w *journalWriter) write(ctx context.Context, what string) error {
	d, _ := eventbus.DeliveryFrom(ctx)
	md, _ := event.MetadataFrom(ctx)
	b, err := json.Marshal(line{
		What: what, At: w.start.Add(time.Since(w.start)).UnixNano(),
		place:   place{partition{d.Topic, d.Partition}, d.Offset},
		Attempt: d.Attempt, Redriven: d.Redriven, Type: md.Type, ID: md.ID,
	})
	if err == nil {
		_, err = w.file.Write(append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// attempt runs one attempt of a handler and notes its start and its end. An
// effect that cannot be noted counts as failed: the account could not see it.
func (w *journalWriter) attempt(ctx context.Context, effect func() error) error {
	if err := w.write(ctx, lineStart); err != nil {
		return err
	}
	err := effect()
	switch {
	case err == nil:
		return w.write(ctx, lineOK)
	case errors.Is(err, errMuted):
		if err := w.write(ctx, lineSkip); err != nil {
			return err
		}
		return eventbus.Skip(err.Error())
	default:
		return errors.Join(err, w.write(ctx, lineFail))
	}
}

// readJournals reads the journals of a group from disk.
func readJournals(dir, group string) ([]journal, error) {
	names, err := journalsOf(dir, group)
	if err != nil {
		return nil, err
	}
	var out []journal
	for _, name := range names {
		t := tail{path: name}
		lines, err := t.more()
		if err != nil {
			return nil, err
		}
		member := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), group+"."), ".journal")
		out = append(out, journal{Name: member, Lines: lines})
	}
	return out, nil
}

// tail follows a journal that is being written.
type tail struct {
	path string
	read int64
}

// more returns the whole lines that were added since the last call.
func (t *tail) more() ([]line, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if _, err := f.Seek(t.read, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	var out []line
	for r := bufio.NewReaderSize(f, 1<<16); ; {
		b, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil // a line without its end is still being written
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		var l line
		if err := json.Unmarshal(bytes.TrimSpace(b), &l); err != nil {
			return nil, fmt.Errorf("read journal %s at byte %d: %w", t.path, t.read, err)
		}
		t.read += int64(len(b))
		out = append(out, l)
	}
}
