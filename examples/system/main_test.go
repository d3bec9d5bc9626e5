package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

func TestTheThreeServicesTogether(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{
		"notifier is ready", "201 Created", "audit row: TodoCreated todos/", "audit row: InAppNotificationCreated notifications/",
		"422 Unprocessable Entity", "nothing was published", "audit    has finished what it began", "All is as it should be",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said, but:\n%s", want, &out)
		}
	}
}

// Without a notifier there is no notification, and the run must not pass.
func TestWhatIsMissingIsMissed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &system{out: &out, names: []string{"todo-api", "audit"}}
	err := s.run(t.Context(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		return s.createTodo(ctx)
	})
	if err == nil || !strings.Contains(err.Error(), "the audit trail has 1 rows of the request, want 2") {
		t.Errorf("%v\n%s", err, &out)
	}
}
