package account

import (
	"bytes"
	"errors"
	"testing"
)

// fullDisk takes a few bytes of a line, once, as a disk does that is full until
// somebody makes room.
type fullDisk struct {
	bytes.Buffer

	err error
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if err := d.err; err != nil {
		d.err = nil
		n, _ := d.Buffer.Write(b[:len(b)/2])
		return n, err
	}
	return d.Buffer.Write(b)
}

func (*fullDisk) Close() error { return nil }

// An entry after half of another one would make both unreadable, and with them the
// journal.
func TestNothingIsWrittenAfterAFailure(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	d := &fullDisk{err: full}
	w := &JournalWriter{file: d}
	for range 2 {
		if err := w.Write(Entry{Kind: Started}); !errors.Is(err, full) {
			t.Errorf("error %v", err)
		}
	}
	if bytes.Contains(d.Bytes(), []byte("\n")) {
		t.Errorf("the journal has %q", d.Bytes())
	}
}
