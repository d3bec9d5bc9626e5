package flow

import (
	"math/bits"
	"sync/atomic"
)

// ring has one bit per offset of a window that starts at base: set means
// settled. Workers set bits; everything else is the owner's.
type ring struct {
	words []atomic.Uint64
	mask  int64 // number of bits - 1

	_    [cacheLine]byte // the owner writes what follows for every record
	base int64           // lowest unsettled offset: the watermark
	next int64           // end of what was admitted
}

// newRing returns a ring for at least size offsets.
func newRing(size int, start int64) ring {
	n := 64
	for n < size {
		n *= 2
	}
	return ring{words: make([]atomic.Uint64, n/64), mask: int64(n) - 1, base: start, next: start}
}

func (r *ring) size() int64 { return r.mask + 1 }

// set marks offset as settled.
func (r *ring) set(offset int64) {
	i := offset & r.mask
	r.words[i>>6].Or(1 << (i & 63))
}

// admit extends the window over offset. Offsets that were skipped on the way
// hold no record that can be read (transaction markers, compaction holes) and
// count as settled. The caller has made sure that offset fits.
func (r *ring) admit(offset int64) {
	if r.base == r.next {
		r.base = offset
	} else {
		for o := r.next; o < offset; o++ {
			r.set(o)
		}
	}
	r.next = offset + 1
}

// fits reports whether offset lies within the window.
func (r *ring) fits(offset int64) bool {
	return r.base == r.next || offset-r.base < r.size()
}

// sweep moves base to the lowest unsettled offset and returns it.
func (r *ring) sweep() int64 {
	for r.base < r.next {
		i := r.base & r.mask
		shift := uint(i & 63)
		word := &r.words[i>>6]
		n := int64(bits.TrailingZeros64(^(word.Load() >> shift)))
		n = min(n, 64-int64(shift), r.next-r.base)
		if n == 0 {
			break
		}
		word.And(^((^uint64(0) >> (64 - uint(n))) << shift))
		r.base += n
	}
	return r.base
}

// skipTo moves an empty window forward to offset.
func (r *ring) skipTo(offset int64) {
	if r.base == r.next && offset > r.base {
		r.base, r.next = offset, offset
	}
}
