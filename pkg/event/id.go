package event

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ids makes the ids of events: UUIDs of version 7 (RFC 9562), which begin with the time, so
// that they sort by age in a database's index. Each is greater than all that the process
// made before, also within a millisecond. The 62 bits that are left cannot be guessed: they
// are the system's, fetched for many ids at once, since each fetch is a system call.
var ids struct {
	last   atomic.Int64 // see tick
	random sync.Pool    // of *randomness
}

// randomness is bits that no id has had.
type randomness struct {
	b [64 * 8]byte
	n int // how much of b is used up
}

// newID is a new id of an event that is made now.
func newID(now time.Time) (string, error) {
	r, ok := ids.random.Get().(*randomness)
	if !ok {
		r = &randomness{n: len(randomness{}.b)}
	}
	if r.n == len(r.b) {
		if _, err := rand.Read(r.b[:]); err != nil {
			return "", fmt.Errorf("make an event id: %w", err)
		}
		r.n = 0
	}
	var id [16]byte
	copy(id[8:], r.b[r.n:r.n+8])
	clear(r.b[r.n : r.n+8]) // what is in an id is no secret, and used once
	r.n += 8
	ids.random.Put(r)

	t := tick(now)
	milli := t >> 12
	for i := range 6 {
		id[i] = byte(milli >> (40 - 8*i))
	}
	id[6] = 0x70 | byte(t>>8&0x0f) // the version, and the part of the millisecond
	id[7] = byte(t)
	id[8] = 0x80 | id[8]&0x3f // the variant

	var text [36]byte
	hex.Encode(text[0:], id[0:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:]), nil
}

// tick is a time in units of 1/4096 of a millisecond, greater than any before: where the
// clock has not moved on, or went back, the next one.
func tick(now time.Time) int64 {
	nanos := now.UnixNano()
	milli := nanos / int64(time.Millisecond)
	t := milli<<12 + (nanos-milli*int64(time.Millisecond))>>8
	for {
		last := ids.last.Load()
		t = max(t, last+1)
		if ids.last.CompareAndSwap(last, t) {
			return t
		}
	}
}
