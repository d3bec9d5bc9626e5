package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/examples/internal/declared"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const (
	milk    = "11111111-1111-4111-8111-111111111111"
	user    = "33333333-3333-4333-8333-333333333333"
	key     = "44444444-4444-4444-8444-444444444444"
	traceID = "55555555-5555-4555-8555-555555555555"
)

// asService makes a process of this test the service itself, so that it can be
// stopped by a signal.
const asService = "EVENTCONTRACTS_TEST_TODO_API"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newAPI is the service's handler, on a cluster.
func newAPI(t *testing.T, brokers []string) *api {
	t.Helper()
	p, err := eventbus.NewProducer(producerConfig(kafkaconn.Connection{Brokers: brokers}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return &api{p}
}

// ask sends a request of the user to the handler. Headers are given in pairs.
func ask(ctx context.Context, t *testing.T, a *api, line, body string, headers ...string) (*httptest.ResponseRecorder, answer) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("X-User-ID", user)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	a.routes().ServeHTTP(w, r)
	var got answer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%s: %d %s", line, w.Code, w.Body)
	}
	return w, got
}

func TestARequestBecomesAnEvent(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	a := newAPI(t, b.Brokers())
	for _, line := range []string{"POST /todos", "POST /todos/" + milk + "/completed", "DELETE /todos/" + milk} {
		w, got := ask(t.Context(), t, a, line, `{"title":"Buy milk","priority":"high","tags":["food"],"due_date":"2030-01-02T03:04:05+02:00"}`, "X-Correlation-ID", traceID)
		if w.Code != http.StatusCreated || w.Header().Get("X-Correlation-ID") != traceID || !strings.HasPrefix(got.At, "todos/") {
			t.Errorf("%s: %d %s", line, w.Code, w.Body)
		}
	}
	seen := map[string]bool{}
	for _, rec := range b.Records("todos") {
		md, msg, err := event.Decode(rec.Record)
		if err != nil {
			t.Fatal(err)
		}
		if md.CorrelationID != traceID {
			t.Errorf("metadata %+v", md)
		}
		switch e := msg.(type) {
		case *todov2.TodoCreated:
			if e.GetTitle() != "Buy milk" || e.GetUserId() != user || string(rec.Key) != e.GetTodoId() || len(e.GetTags()) != 1 || e.GetDueDate().AsTime().Hour() != 1 {
				t.Errorf("key %q, %v", rec.Key, e)
			}
		case *todov1.TodoCompleted, *todov1.TodoDeleted:
			if string(rec.Key) != milk {
				t.Errorf("%s: key %q", md.Type, rec.Key)
			}
		}
		seen[md.Type] = true
	}
	if diff := cmp.Diff(map[string]bool{"TodoCreated": true, "TodoCompleted": true, "TodoDeleted": true}, seen); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

// A client that does not know what became of a request sends it again.
func TestARepeatedRequestIsTheSameEvent(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	a := newAPI(t, b.Brokers())
	var todos []string
	for range 2 {
		_, got := ask(t.Context(), t, a, "POST /todos", `{"title":"Buy milk"}`, "Idempotency-Key", key)
		todos = append(todos, got.TodoID)
	}
	if todos[0] != todos[1] {
		t.Errorf("todos %q", todos)
	}
	for _, rec := range b.WaitRecords("todos", 2) {
		md, _, err := event.Decode(rec.Record)
		if err != nil {
			t.Fatal(err)
		}
		if md.ID != key || md.CorrelationID != key {
			t.Errorf("metadata %+v", md)
		}
	}
}

func TestWhatARequestMayNotBe(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	a := newAPI(t, b.Brokers())
	const todo = `{"title":"Buy milk"}`
	for _, row := range []struct {
		name, line, body string
		headers          []string
		code             int
		problem          string // a part of it
		fields           []string
	}{
		{"no title", "POST /todos", `{}`, nil, 422, "rules", []string{"title"}},
		{"no user and a wrong priority", "POST /todos", `{"title":"Buy milk","priority":"now"}`, []string{"X-User-ID", ""}, 422, "rules", []string{"user_id", "priority"}},
		{"a todo id that is not a UUID", "DELETE /todos/7", "", nil, 422, "rules", []string{"todo_id"}},
		{"no JSON", "POST /todos", `Buy milk`, nil, 400, "the body is not a todo", nil},
		{"an unknown field", "POST /todos", `{"titel":"Buy milk"}`, nil, 400, `unknown field "titel"`, nil},
		{"a large body", "POST /todos", `{"title":"` + strings.Repeat("x", largestBody) + `"}`, nil, 400, "too large", nil},
		{"a key that is not a UUID", "POST /todos", todo, []string{"Idempotency-Key", "1"}, 400, "Idempotency-Key is not a UUID", nil},
		{"a UUID in braces", "POST /todos", todo, []string{"X-Request-ID", "{" + key + "}"}, 400, "X-Request-ID is not a UUID", nil},
		{"a correlation id that is not a UUID", "POST /todos", todo, []string{"X-Correlation-ID", "a\nb"}, 400, "X-Correlation-ID", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, got := ask(t.Context(), t, a, row.line, row.body, row.headers...)
			var fields []string
			for _, v := range got.Violations {
				fields = append(fields, v.Field)
			}
			if w.Code != row.code || !strings.Contains(got.Problem, row.problem) || !cmp.Equal(fields, row.fields) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	t.Cleanup(func() { // after the rows
		if n := len(b.Records("todos")); n != 0 {
			t.Errorf("%d events were published", n)
		}
	})
}

func TestPublishesWhatServicesYAMLSays(t *testing.T) {
	t.Parallel()
	s, err := declared.Read("../../services.yaml", "todo-api")
	if err != nil {
		t.Fatal(err)
	}
	cfg := producerConfig(kafkaconn.Connection{})
	types, err := declared.Types(cfg.Events...)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		if cfg.Source != s.Name || !slices.Contains(s.Publishes, typ) {
			t.Errorf("%s publishes %s, and services.yaml does not say so", cfg.Source, typ)
		}
	}
}
