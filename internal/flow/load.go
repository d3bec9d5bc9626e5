package flow

// load is a number of records and their bytes.
type load struct{ records, bytes int64 }

func (l *load) add(records, bytes int64) {
	l.records += records
	l.bytes += bytes
}

// A load in one word, so that workers add to both at once: its sums wrap
// around, and their differences do not as long as they are within the limits
// of Config.
const (
	packedBytes = 44 // bits
	mostRecords = 1<<(64-packedBytes) - 1
	mostBytes   = 1<<packedBytes - 1
)

func packed(records, bytes int64) uint64 {
	return uint64(records)<<packedBytes + uint64(bytes)
}

// live is what was admitted and is neither settled nor dropped. Only the owner
// admits, so it alone may ask; what others settle meanwhile lowers it.
func (p *Partition[T]) live() load {
	left := packed(p.admitted.records, p.admitted.bytes) - p.done.Load()
	return load{int64(left >> packedBytes), int64(left & mostBytes)}
}
