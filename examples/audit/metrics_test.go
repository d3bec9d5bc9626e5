package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// The bus counted, and no example had the numbers anywhere to be read.
func TestMetricsTellWhatTheBusCounts(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("audit-log"))
	c, err := eventbus.NewConsumer((&trail{out: io.Discard}).consumerConfig(kafkaconn.Connection{Brokers: b.Brokers()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for _, title := range []string{"Buy milk", "Buy bread"} {
		rec, err := event.Encode(ctx, &todov2.TodoCreated{TodoId: milk, UserId: user, Title: title}, event.WithSource("todo-api"))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(rec)
	}
	b.WaitCommitted("audit-log", "todos")

	handler := probeServer("", c).Handler
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text := answer.Body.String()
	for _, want := range []string{
		"\neventbus_handled_total 2\n", "\neventbus_attempts_total 2\n", "\neventbus_skipped_total{why=\"handler\"} 0\n",
		"\neventbus_pending_records{topic=\"todos\",partition=\"0\"} 0\n", "# TYPE eventbus_handled_total counter\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q:\n%s", want, text)
		}
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$`)
	for l := range strings.Lines(text) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("not a line of the text format: %q", l)
		}
	}
	answer = httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
	if answer.Code != http.StatusOK {
		t.Errorf("/healthz answers %d beside /metrics", answer.Code)
	}
}
