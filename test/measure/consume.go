//go:build unix

package measure

import (
	"fmt"
	"time"
)

// patience is how long a consumer may take to its last record.
const patience = 2 * time.Minute

// Consume measures a consumer that runs, between the t.Warm-th record, when it is
// up to speed, and t.Records more. handled tells how many it has handled so far.
func Consume(t Task, handled func() int) (Result, error) {
	deadline := time.Now().Add(patience)
	var m *Meter
	first := 0
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		n := handled()
		switch {
		case m == nil && n >= t.Warm:
			var err error
			if m, err = Start(t.Profile); err != nil {
				return Result{}, err
			}
			first = handled()
		case m != nil && n >= first+t.Records:
			return m.Stop(n - first)
		case time.Now().After(deadline):
			return Result{}, fmt.Errorf("only %d records came within %s", n, patience)
		}
		<-look.C
	}
}
