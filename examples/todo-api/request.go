package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
)

// largestBody is beyond what the longest todo needs.
const largestBody = 64 << 10

// request is what the headers of a request say.
type request struct {
	id          string // of the event
	correlation string
	user        string
	todo        string
}

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /todos", a.on(create))
	mux.HandleFunc("POST /todos/{id}/completed", a.on(complete))
	mux.HandleFunc("DELETE /todos/{id}", a.on(remove))
	return mux
}

// on reads a request, makes its event and publishes it.
func (a *api) on(make func(q request, r *http.Request) (proto.Message, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)
		q, err := read(r)
		var msg proto.Message
		if err == nil {
			msg, err = make(q, r)
		}
		if err != nil {
			answer{Problem: err.Error()}.write(w, http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Correlation-ID", q.correlation)
		a.publish(w, r, q, msg)
	}
}

// read reads what identifies a request. Ids are UUIDs, because events on the
// topic "todos" have no others.
func read(r *http.Request) (request, error) {
	q := request{user: r.Header.Get("X-User-ID")} // an example has no authentication
	made, err := uuid.NewV7()
	if err != nil {
		return q, err
	}
	q.id = cmp.Or(r.Header.Get("Idempotency-Key"), made.String())
	q.correlation = cmp.Or(r.Header.Get("X-Correlation-ID"), r.Header.Get("X-Request-ID"), q.id)
	key, err := id("Idempotency-Key", q.id)
	if err != nil {
		return q, err
	}
	if _, err := id("X-Correlation-ID or X-Request-ID", q.correlation); err != nil {
		return q, err
	}
	// A request that is repeated must not make a second todo.
	q.todo = cmp.Or(r.PathValue("id"), uuid.NewSHA1(key, []byte("todo")).String())
	return q, nil
}

// id reads a UUID of 36 characters.
func id(name, text string) (uuid.UUID, error) {
	u, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return u, fmt.Errorf("%s is not a UUID", name)
	}
	return u, nil
}

func create(q request, r *http.Request) (proto.Message, error) {
	var body struct {
		Title       string     `json:"title"`
		Description *string    `json:"description"`
		Priority    *string    `json:"priority"`
		DueDate     *time.Time `json:"due_date"`
		Tags        []string   `json:"tags"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return nil, fmt.Errorf("the body is not a todo: %w", err)
	}
	e := &todov2.TodoCreated{
		TodoId: q.todo, UserId: q.user, Title: body.Title, Description: body.Description, Priority: body.Priority, Tags: body.Tags,
	}
	if body.DueDate != nil {
		e.DueDate = timestamppb.New(*body.DueDate)
	}
	return e, nil
}

func complete(q request, _ *http.Request) (proto.Message, error) {
	return &todov1.TodoCompleted{TodoId: q.todo, UserId: q.user, CompletedAt: timestamppb.Now()}, nil
}

func remove(q request, _ *http.Request) (proto.Message, error) {
	return &todov1.TodoDeleted{TodoId: q.todo, UserId: q.user, DeletedAt: timestamppb.Now()}, nil
}
