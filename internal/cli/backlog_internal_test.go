package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/recordview"
)

// tail --all kept a whole topic in memory before it showed a line of it.
func TestABacklogDoesNotGrowWithTheTopic(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"many records": "1", "large records": `"` + strings.Repeat("x", 1<<20) + `"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBacklog(tailFlags{all: true})
			start := time.Unix(0, 0)
			var shown []recordview.View
			const n = 3*maxBacklog + 7
			data := json.RawMessage(value)
			for i := range n {
				at := start.Add(time.Duration(i) * time.Second)
				shown = append(shown, b.add(recordview.View{Partition: int32(i % 3), Offset: int64(i), Timestamp: &at, Data: data})...)
				if b.kept > maxBacklog || b.bytes > maxBacklogBytes {
					t.Fatalf("it keeps %d records, %d bytes", b.kept, b.bytes)
				}
			}
			for i, v := range append(shown, b.rest()...) {
				if v.Offset != int64(i) {
					t.Fatalf("record %d has offset %d", i, v.Offset)
				}
			}
			if b.kept != 0 || b.bytes != 0 {
				t.Errorf("it keeps %d records, %d bytes", b.kept, b.bytes)
			}
		})
	}
}
