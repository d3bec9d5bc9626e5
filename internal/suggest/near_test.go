package suggest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/suggest"
)

func TestNear(t *testing.T) {
	t.Parallel()
	known := []string{"TodoCreated", "TodoCompleted", "TodoDeleted", "ReminderSent", "todos", "title"}
	for _, row := range []struct {
		typed string
		want  []string
	}{
		{"TodoCreate", []string{"TodoCreated"}},
		{"todocreated", []string{"TodoCreated"}},
		{"Reminder", []string{"ReminderSent"}},
		{"todo", []string{"todos", "TodoCreated", "TodoDeleted"}},
		{"titel", []string{"title"}}, // two letters exchanged are one mistake
		{"itlte", nil},
		{"x", nil},
		{"", nil},
	} {
		if diff := cmp.Diff(row.want, suggest.Near(row.typed, known)); diff != "" {
			t.Errorf("Near(%q) (-want +got):\n%s", row.typed, diff)
		}
	}
}
