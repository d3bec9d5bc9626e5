package main

import (
	"encoding/json"
	"net/http"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// answer is the body of every response.
type answer struct {
	EventID    string            `json:"event_id,omitempty"`
	TodoID     string            `json:"todo_id,omitempty"`
	At         string            `json:"at,omitempty"` // topic/partition/offset
	Problem    string            `json:"problem,omitempty"`
	Violations []event.Violation `json:"violations,omitempty"`
}

func (a answer) write(w http.ResponseWriter, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(a) // the client has gone: there is nobody to tell
}
