package peers_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// The events are the same in every process, and differ.
func TestEvents(t *testing.T) {
	t.Parallel()
	if a, b, c := peers.NewTodo(3).TodoId, peers.NewTodo(3).TodoId, peers.NewTodo(4).TodoId; a != b || a == c || len(a) != measure.KeySize {
		t.Errorf("event 3 is %s, then %s; event 4 is %s", a, b, c)
	}
}

// Each peer says where its settings are from, and reads a format that somebody writes.
func TestPeersAreComplete(t *testing.T) {
	t.Parallel()
	for _, p := range peers.All() {
		if p.Source == "" || p.Publish == nil || p.Consume == nil || p.Callers == 0 || p.Publishes == 0 || p.Consumes == 0 {
			t.Errorf("%s is incomplete", p.Name)
		}
		f, err := peers.FormatNamed(p.Format)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if value, err := f.Encode(0); err != nil || len(value) == 0 {
			t.Errorf("%s: event 0 is %d bytes in its format: %v", p.Name, len(value), err)
		}
	}
}
