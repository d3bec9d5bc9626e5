package codec_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The memory that is taken for a record at once was that of the largest one that there had
// ever been. Not parallel: it counts what the process allocates.
func TestOneLargeRecordDoesNotMakeTheOthersLarge(t *testing.T) {
	write := func(description string) {
		t.Helper()
		if _, err := event.Encode(context.Background(), &todov1.TodoCreated{TodoId: eventID, UserId: eventID, Title: "t", Description: &description}); err != nil {
			t.Fatal(err)
		}
	}
	const rounds = 100
	allocated := func() uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			write("small")
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / rounds
	}
	write("small")
	least := allocated()
	write(strings.Repeat("\x01", 2000)) // six times as long in JSON
	for range rounds {
		write("small")
	}
	if got := allocated(); got > 2*least {
		t.Errorf("a small record takes %d bytes after a large one, and %d before", got, least)
	}
}
