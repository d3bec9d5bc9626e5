package deadletter

import (
	"math"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// RedriveHeaders are the headers of a dead letter's record when it is redriven:
// its own and the first trip's, and then those of this run. What it says of the
// latest failure goes. Of several headers that say the same about the first
// trip the last one stays; the others would grow by each trip.
func (l Letter) RedriveHeaders(record []event.Header, run, reason string) []event.Header {
	last := map[string]int{}
	for i, h := range record {
		if strings.HasPrefix(h.Key, originPrefix) {
			last[h.Key] = i
		}
	}
	var w writer
	for i, h := range record {
		switch {
		case strings.HasPrefix(h.Key, originPrefix):
			if last[h.Key] == i {
				w.headers = append(w.headers, h)
			}
		case strings.HasPrefix(h.Key, prefix), strings.HasPrefix(h.Key, redrivePrefix):
		default:
			w.headers = append(w.headers, h)
		}
	}
	w.add(HeaderRedriveID, run)
	w.add(HeaderRedriveOf, l.ID.String())
	w.add(HeaderRedriveCount, strconv.Itoa(min(l.Redriven, math.MaxInt-1)+1)) // a forged count must not come round to 0
	w.add(HeaderRedriveGroup, l.Group)
	w.add(HeaderRedriveTopic, l.Topic)
	w.add(HeaderRedriveReason, reason)
	return w.headers
}
