package account

import (
	"cmp"
	"slices"
)

// lane is the events of one key in one partition, whose order is kept.
type lane struct {
	TopicPartition

	key string
}

// overtaking finds the events whose first success came before that of an older one
// of their key. Records with a null key have no order; those that were dead letters
// are exempt.
func (c *checker) overtaking(g Group, fates map[Position]*fate) []*logged {
	lanes := map[lane][]*logged{}
	var order []lane // of their first records, so that findings do not depend on a map's
	for _, r := range c.records {
		f := fates[r.Position]
		if f == nil || f.direct == 0 || f.deadLetter || r.Key == nil || !slices.Contains(g.Topics, r.Topic) {
			continue
		}
		l := lane{r.TopicPartition, string(r.Key)}
		if lanes[l] == nil {
			order = append(order, l)
		}
		lanes[l] = append(lanes[l], r)
	}
	var out []*logged
	for _, l := range order {
		records := lanes[l]
		slices.SortFunc(records, func(a, b *logged) int { return cmp.Compare(a.Offset, b.Offset) })
		for i := 1; i < len(records); i++ {
			older, newer := records[i-1], records[i]
			if fates[newer.Position].first.before(fates[older.Position].first) {
				c.find(KeyInOrder, g.Name, newer.Position, "%s was handled before %s of the same key", newer.Position, older.Position)
				out = append(out, newer)
			}
		}
	}
	return out
}
