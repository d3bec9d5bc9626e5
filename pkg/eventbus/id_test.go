package eventbus_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// An id is a UUID of version 7 with the time in it, greater than those before it, and never
// given twice, by however many goroutines.
func TestIDs(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 2000
	all := make([][]string, writers)
	var group sync.WaitGroup
	begin := time.Now()
	for w := range writers {
		group.Go(func() {
			for range each {
				rec, err := event.Encode(context.Background(), exampleTodo("Buy milk"))
				if err != nil {
					t.Error(err)
					return
				}
				md, err := event.Head(rec)
				if err != nil {
					t.Error(err)
					return
				}
				all[w] = append(all[w], md.ID)
			}
		})
	}
	group.Wait()
	seen, random := map[string]bool{}, map[string]bool{}
	for _, ids := range all {
		for i, id := range ids {
			if i > 0 && id <= ids[i-1] {
				t.Fatalf("%s comes behind %s", id, ids[i-1])
			}
			if seen[id] || random[id[19:]] {
				t.Fatalf("%s, or its random part, was given twice", id)
			}
			seen[id], random[id[19:]] = true, true
			u, err := uuid.Parse(id)
			if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 || u.String() != id {
				t.Fatalf("%s: %v, version %d, variant %s", id, err, u.Version(), u.Variant())
			}
			seconds, nanos := u.Time().UnixTime()
			if at := time.Unix(seconds, nanos); at.Before(begin.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
				t.Fatalf("%s is of %s", id, at)
			}
		}
	}
}
