package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// fact is an event as the audit trail, or eventctl tail, has it.
type fact struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	Correlation string `json:"correlation_id"`
	Causation   string `json:"causation_id"`
	Source      string `json:"source"`
	Topic       string `json:"topic"`
	Partition   int32  `json:"partition"`
	Offset      int64  `json:"offset"`
}

func (f fact) at() string { return fmt.Sprintf("%s/%d/%d", f.Topic, f.Partition, f.Offset) }

// reply is a response of todo-api.
type reply struct {
	EventID    string `json:"event_id"`
	TodoID     string `json:"todo_id"`
	At         string `json:"at"`
	Problem    string `json:"problem"`
	Violations []struct{ Field, Message string }
}

// ask sends a request, and shows it with its answer.
func (s *system) ask(ctx context.Context, correlation, key, body string, want int) (reply, error) {
	s.say("\nPOST /todos %s\n  X-Correlation-ID: %s", body, correlation)
	r, err := post(ctx, http.DefaultClient, s.services["todo-api"].URL, correlation, key, body, want)
	if err == nil {
		s.say("  %d %s", want, http.StatusText(want))
	}
	return r, err
}

// post sends a request to todo-api, whose answer must be the one that is wanted.
func post(ctx context.Context, client *http.Client, url, correlation, key, body string, want int) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/todos", strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("X-User-ID", "33333333-3333-4333-8333-333333333333")
	req.Header.Set("X-Correlation-ID", correlation)
	req.Header.Set("Idempotency-Key", key)
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	var r reply
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&r), resp.Body.Close()); err != nil {
		return reply{}, fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode != want {
		return r, fmt.Errorf("todo-api answered %s, want %d: %s", resp.Status, want, r.Problem)
	}
	return r, nil
}

// createTodo follows one request to its end.
func (s *system) createTodo(ctx context.Context) error {
	correlation, key := uuid.NewString(), uuid.NewString()
	r, err := s.ask(ctx, correlation, key, `{"title":"Buy milk"}`, http.StatusCreated)
	if err != nil {
		return err
	}
	rows, err := s.rows(ctx, correlation, 2)
	if err != nil {
		return err
	}
	return s.chain(ctx, r, correlation, rows)
}

// chain shows the event, the notification that it caused and their rows. What does
// not fit together is an error.
func (s *system) chain(ctx context.Context, r reply, correlation string, rows []fact) error {
	var facts []fact
	for _, topic := range []string{"todos", "notifications"} {
		on, err := s.tail(ctx, topic, correlation)
		if err != nil {
			return err
		}
		if len(on) != 1 {
			return fmt.Errorf("topic %q has %d events with correlation id %s, want 1", topic, len(on), correlation)
		}
		facts = append(facts, on[0])
	}
	created, notified := facts[0], facts[1]
	for _, f := range facts {
		s.say("  %-24s  %s, at %s", f.Type, f.ID, f.at())
	}
	s.say("    with the request's correlation id, caused by %s", notified.Causation)
	switch {
	case created.Type != "TodoCreated" || created.ID != r.EventID || created.at() != r.At || created.Correlation != correlation:
		return fmt.Errorf("this is not what todo-api has confirmed: %+v, %+v", created, r)
	case notified.Type != "InAppNotificationCreated" || notified.Causation != created.ID || notified.Correlation != correlation:
		return fmt.Errorf("this is not the notification of %s: %+v", created.ID, notified)
	}
	for _, f := range facts {
		i := slices.IndexFunc(rows, func(row fact) bool { return row.ID == f.ID && row.at() == f.at() && row.Causation == f.Causation })
		if i < 0 {
			return fmt.Errorf("the audit trail has no row for %s at %s, but %+v", f.Type, f.at(), rows)
		}
		s.say("  audit row: %s %s", f.Type, rows[i].at())
	}
	return nil
}

// refuseInvalid shows a request that breaks the contract: nothing is published.
func (s *system) refuseInvalid(ctx context.Context) error {
	correlation := uuid.NewString()
	r, err := s.ask(ctx, correlation, uuid.NewString(), `{"title":""}`, http.StatusUnprocessableEntity)
	if err != nil {
		return err
	}
	for _, v := range r.Violations {
		s.say("  %s: %s", v.Field, v.Message)
	}
	on, err := s.tail(ctx, "todos", correlation)
	if err == nil && (len(on) > 0 || len(r.Violations) == 0) {
		err = fmt.Errorf("an invalid request: %d events, %d violations", len(on), len(r.Violations))
	}
	if err == nil {
		s.say("  nothing was published")
	}
	return err
}

// repeat sends a request twice, as a client does that got no answer: the events
// have one id, and so have the notifications.
func (s *system) repeat(ctx context.Context) error {
	correlation, key := uuid.NewString(), uuid.NewString()
	var todos []string
	for range 2 {
		r, err := s.ask(ctx, correlation, key, `{"title":"Call home"}`, http.StatusCreated)
		if err != nil {
			return err
		}
		todos = append(todos, r.TodoID)
	}
	rows, err := s.rows(ctx, correlation, 4)
	if err != nil {
		return err
	}
	ids := map[string][]string{}
	for _, row := range rows {
		ids[row.Type] = append(ids[row.Type], row.ID)
	}
	s.say("  the same Idempotency-Key: one todo, %s", todos[0])
	for _, typ := range []string{"TodoCreated", "InAppNotificationCreated"} {
		if of := ids[typ]; len(of) != 2 || of[0] != of[1] || todos[0] != todos[1] {
			return fmt.Errorf("a repeated request: todos %v, events %v", todos, ids)
		}
		s.say("  %-24s  twice, with one id, %s: readers know the duplicate", typ, ids[typ][0])
	}
	return nil
}

// tail are a topic's events of one request, as eventctl shows them.
func (s *system) tail(ctx context.Context, topic, correlation string) ([]fact, error) {
	args := []string{"tail", topic, "--all", "--correlation", correlation, "--since", "5m", "--json"}
	out, err := s.eventctl(ctx, args...)
	if err != nil {
		return nil, err
	}
	var facts []fact
	for line := range bytes.Lines(out) {
		var seen struct {
			fact
			Type string `json:"event_type"`
			ID   string `json:"event_id"`
		}
		if err := json.Unmarshal(line, &seen); err != nil {
			return nil, fmt.Errorf("eventctl tail: %w", err)
		}
		seen.fact.Type, seen.fact.ID = seen.Type, seen.ID
		facts = append(facts, seen.fact)
	}
	return facts, nil
}

// rows waits until the audit trail has n rows of a request.
func (s *system) rows(ctx context.Context, correlation string, n int) ([]fact, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(s.trail)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		var rows []fact
		for line := range bytes.Lines(text) {
			var row fact
			if !bytes.HasSuffix(line, []byte("\n")) {
				continue // it is being written
			}
			if err := json.Unmarshal(line, &row); err != nil {
				return nil, fmt.Errorf("read the audit trail: %w", err)
			}
			if row.Correlation == correlation {
				rows = append(rows, row)
			}
		}
		if len(rows) >= n {
			return rows, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("the audit trail has %d rows of the request, want %d: %w\n%s", len(rows), n, ctx.Err(), s.logs())
		}
	}
}
