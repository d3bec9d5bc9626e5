package terminal

import (
	"io"
	"sync"
	"unicode/utf8"
)

// Writer makes safe for a terminal what is written to it, as [PrintableLines] does, and
// passes it on. All output of a command goes through one, so that no place that prints
// can forget it. What keeps a record's line breaks from passing for ours is still for
// that place to do.
// It is safe for concurrent use.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	rest []byte // the beginning of a character whose end has not been written

	coloured bool // see Print
}

// NewWriter is a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write returns the number of bytes of b that were taken.
func (w *Writer) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, b...)
	w.rest = nil
	if n := partial(text); n > 0 {
		w.rest = append([]byte(nil), text[len(text)-n:]...)
		text = text[:len(text)-n]
	}
	if len(text) == 0 {
		return len(b), nil
	}
	if _, err := io.WriteString(w.w, PrintableLines(string(text))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Flush writes what looked like the beginning of a character.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.rest
	w.rest = nil
	if len(rest) == 0 {
		return nil
	}
	_, err := io.WriteString(w.w, PrintableLines(string(rest)))
	return err
}

// partial is the length of a character at the end of b that is not complete.
func partial(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if at := b[len(b)-n:]; utf8.RuneStart(at[0]) {
			if utf8.FullRune(at) {
				return 0
			}
			return n
		}
	}
	return 0
}
