package account

import "encoding/binary"

// checkLetters looks at where dead letters are.
func (h *history) checkLetters() {
	if h.g.LetterPartitions == nil {
		h.c.unchecked("how many partitions the dead-letter topics have is not known", LetterInPlace)
	}
	type letterLane struct {
		topic string
		lane
	}
	newest := map[letterLane]int64{}
	seen := map[Position]bool{}
	for i := range h.g.DeadLetters {
		l := &h.g.DeadLetters[i]
		p, err := l.Origin()
		if err != nil || l.redriven() {
			continue // K12 has told of it; a redriven record has lost its turn
		}
		if n := h.g.LetterPartitions[l.Topic]; n > 0 {
			if want := partitionOf(l.Key, p.Partition, n); l.Partition != want {
				h.c.find(LetterInPlace, h.g.Name, p, "dead letter %s of %s belongs in partition %d of %d", l.Position, p, want, n)
			}
		}
		if l.Key == nil || seen[p] {
			continue // a copy, of a member that died before it had committed
		}
		seen[p] = true
		in := letterLane{l.Topic, lane{p.TopicPartition, string(l.Key)}}
		if before, ok := newest[in]; ok && before > p.Offset {
			h.c.find(LetterInPlace, h.g.Name, p, "dead letter %s of %s is behind that of offset %d of the same key", l.Position, p, before)
		}
		newest[in] = max(newest[in], p.Offset)
	}
}

// partitionOf is where Kafka's Java client puts a key, and where a record without one
// goes that comes from a partition.
func partitionOf(key []byte, source, n int32) int32 {
	if key == nil {
		return source % n
	}
	return int32(murmur2(key)&0x7fffffff) % n
}

// murmur2 is org.apache.kafka.common.utils.Utils.murmur2.
func murmur2(b []byte) uint32 {
	const m = 0x5bd1e995
	h := 0x9747b28c ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * m
		k = (k ^ k>>24) * m
		h = h*m ^ k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(b[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// checkRedrives requires that each run has sent what it selected, each once.
func (h *history) checkRedrives() {
	type sent struct{ run, letter string }
	times := map[sent]int{}
	runs := map[string]*Redrive{}
	selected := map[sent]bool{}
	for i := range h.g.Redrives {
		run := &h.g.Redrives[i]
		runs[run.ID] = run
		for _, letter := range run.Letters {
			selected[sent{run.ID, letter}] = true
		}
	}
	for i := range h.g.Redriven {
		r := &h.g.Redriven[i]
		s := sent{r.Header("redrive-id"), r.Header("redrive-of")}
		if s.run == "" || s.letter == "" {
			continue
		}
		times[s]++
		switch {
		case times[s] == 2:
			h.c.find(RedrivenOnce, h.g.Name, r.Position, "redrive %s has sent dead letter %s twice, again as %s", s.run, s.letter, r.Position)
		case h.g.Redrives != nil && !selected[s]:
			h.c.find(RedrivenOnce, h.g.Name, r.Position, "redrive %s has sent dead letter %s, which it did not select, as %s", s.run, s.letter, r.Position)
		}
	}
	for _, run := range h.g.Redrives {
		for _, letter := range run.Letters {
			if run.Complete && times[sent{run.ID, letter}] == 0 {
				h.c.find(RedrivenOnce, h.g.Name, Position{}, "redrive %s is complete, and has not sent dead letter %s", run.ID, letter)
			}
		}
	}
}
