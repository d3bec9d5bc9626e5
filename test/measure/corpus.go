//go:build unix

package measure

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
)

// The events: their topic, its partitions, and how many keys of which size, in
// bytes, there are.
const (
	Topic      = "todos"
	Partitions = 3
	Keys       = 100_000
	KeySize    = 36  // a UUID as text
	slotSize   = 640 // of the corpus: length, key and value of one record
)

// Corpus is the encoded form of all events. It is mapped from a file: the
// collector neither scans it nor counts it, so that it is no headroom for anybody.
type Corpus []byte

// WriteCorpus writes the records of numbers 0 to Keys-1.
func WriteCorpus(path string, record func(n int) (key, value []byte, err error)) error {
	out := make([]byte, 0, Keys*slotSize)
	for n := range Keys {
		key, value, err := record(n)
		if err != nil {
			return fmt.Errorf("make the corpus: %w", err)
		}
		if len(key) != KeySize || 2+KeySize+len(value) > slotSize {
			return fmt.Errorf("make the corpus: a record of %d bytes does not fit its slot", len(value))
		}
		slot := make([]byte, slotSize)
		binary.LittleEndian.PutUint16(slot, uint16(len(value)))
		copy(slot[2:], key)
		copy(slot[2+KeySize:], value)
		out = append(out, slot...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		return fmt.Errorf("make the corpus: %w", err)
	}
	return nil
}

// OpenCorpus maps what WriteCorpus wrote.
func OpenCorpus(path string) (Corpus, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the corpus: %w", err)
	}
	defer func() { _ = f.Close() }() // read only; the mapping stays
	c, err := syscall.Mmap(int(f.Fd()), 0, Keys*slotSize, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the corpus: %w", err)
	}
	Corpus(c).ValueSize() // each page is read once, before the clock starts
	return c, nil
}

// Record is the key and value of the n-th event. Its bytes are the corpus's.
func (c Corpus) Record(n int) (key, value []byte) {
	slot := c[n%Keys*slotSize:][:slotSize]
	size := binary.LittleEndian.Uint16(slot)
	return slot[2:][:KeySize], slot[2+KeySize:][:size]
}

// ValueSize is the mean size of a value, in bytes.
func (c Corpus) ValueSize() int {
	total := 0
	for n := range Keys {
		_, value := c.Record(n)
		total += len(value)
	}
	return total / Keys
}
