//go:build interop

package interop_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// member is a group's aiokafka member.
type member struct {
	*interop.Child
	seen map[string]int // by event id
}

func newMember(t *testing.T, group, assignor string) *member {
	args := []string{group, "todos"}
	if assignor != "" {
		args = append(args, "--assignor", assignor)
	}
	return &member{interop.Python(t, "consume.py", args...), map[string]int{}}
}

// has reads what has come and reports how often an event did.
func (m *member) has(id string) int {
	var r read
	for m.Ready(&r) {
		if id, ok := r.Dict["event_id"].(string); ok {
			m.seen[id]++
		}
		r = read{}
	}
	return m.seen[id]
}

// busMember is a group's member of the bus, with quick heartbeats.
func busMember(t *testing.T, group string, h *handled, strategy string) *running {
	t.Helper()
	config := map[string]string{"heartbeat.interval.ms": "200"}
	if strategy != "" {
		config["partition.assignment.strategy"] = strategy
	}
	return consume(t, eventbus.ConsumerConfig{Group: group, Config: config, Handlers: []eventbus.Handler{on[*todov1.TodoCreated](h)}})
}

func created(t *testing.T, p oldProducer) (id string, at place) {
	t.Helper()
	id = uuid.NewString()
	return id, p.publish(t, "TodoCreated", "1.0", `"event_id": "`+id+`", "title": "x", `+ids)
}

// The bus's default, cooperative-sticky, has nothing in common with aiokafka's
// roundrobin: the broker refuses the second kind of member, and Run says why.
func TestRunSaysWhyItCannotJoinAnAiokafkaGroup(t *testing.T) {
	t.Parallel()
	const group = "mixed-refused"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	p := newOldProducer(t)
	m := newMember(t, group, "")
	first, _ := created(t, p)
	eventually(t, "aiokafka handles", func() bool { return m.has(first) > 0 })

	err := busMember(t, group, newHandled(), "").ended()
	if !errors.Is(err, eventbus.ErrFatal) {
		t.Fatalf("Run returned %v, want ErrFatal", err)
	}
	for _, part := range []string{"partition.assignment.strategy", "range,roundrobin", "Inconsistent group protocol"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	second, _ := created(t, p)
	eventually(t, "aiokafka goes on", func() bool { return m.has(second) > 0 })
}

// A group that has moved goes back to the default all at once: members of the
// two kinds do not go together, even if all are of the bus.
func TestRunSaysWhyTheDefaultCannotJoinRange(t *testing.T) {
	t.Parallel()
	const group = "mixed-eager"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	p, h := newOldProducer(t), newHandled()
	eager := busMember(t, group, h, "range,roundrobin")
	id, _ := created(t, p)
	h.of(t, id)
	if err := busMember(t, group, newHandled(), "").ended(); !errors.Is(err, eventbus.ErrFatal) || !strings.Contains(err.Error(), "stop all members") {
		t.Errorf("Run returned %v", err)
	}
	if err := eager.end(); err != nil {
		t.Error(err)
	}
	again := newHandled()
	busMember(t, group, again, "")
	id, _ = created(t, p)
	again.of(t, id)
}

// A member of the bus that was there first is not disturbed: aiokafka fails.
func TestAiokafkaCannotJoinAGroupOfTheBus(t *testing.T) {
	t.Parallel()
	const group = "mixed-refused-too"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	p, h := newOldProducer(t), newHandled()
	busMember(t, group, h, "")
	id, _ := created(t, p)
	h.of(t, id)
	m := newMember(t, group, "")
	if code := m.Wait(); code == 0 || !strings.Contains(m.Stderr(), "InconsistentGroupProtocol") {
		t.Errorf("exit code %d\n%s", code, m.Stderr())
	}
	id, _ = created(t, p)
	h.of(t, id)
}

// A group moves from aiokafka to the bus and back with members of both at once:
// offsets carry over, and every record is handled.
func TestAGroupMovesBetweenAiokafkaAndTheBus(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, group, aiokafka, bus string }{
		{"aiokafka as it is", "mixed-roundrobin", "", "range,roundrobin"},
		{"range", "mixed-range", "range", "range"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			interop.CreateTopics(t, interop.Group{Name: row.group, Handles: []string{"TodoCreated"}})
			p := newOldProducer(t)
			h := newHandled()
			var old []*member
			var published []string
			by := func(id string) (aiokafka, bus bool) {
				for _, m := range old {
					aiokafka = m.has(id) > 0 || aiokafka
				}
				return aiokafka, h.has(id)
			}
			// until publishes an event to each partition, round after round, until
			// aiokafka handles some of a round (none, all), and the bus the others.
			until := func(what string, aiokafka, bus bool) {
				t.Helper()
				eventually(t, what, func() bool {
					round := map[int32]string{}
					for len(round) < 3 {
						id, at := created(t, p)
						published = append(published, id)
						round[at.Partition] = id
					}
					var byOld, byBus bool
					for _, id := range round {
						eventually(t, "event "+id, func() bool { a, b := by(id); return a || b })
						a, b := by(id)
						byOld, byBus = byOld || a, byBus || b
					}
					return byOld == aiokafka && byBus == bus
				})
			}
			start := func() *member {
				m := newMember(t, row.group, row.aiokafka)
				old = append(old, m)
				return m
			}

			// burst is what is under way while members come and go.
			burst := func() {
				for range 200 {
					id, _ := created(t, p)
					published = append(published, id)
				}
			}

			first := start()
			until("aiokafka alone", true, false)
			burst()
			c := busMember(t, row.group, h, row.bus)
			until("both", true, true)
			burst()
			if code := first.Stop(); code != 0 {
				t.Errorf("aiokafka's exit code is %d: %s", code, first.Stderr())
			}
			until("the bus alone", false, true)
			burst()
			back := start()
			until("both again", true, true)
			burst()
			if err := c.end(); err != nil {
				t.Errorf("Run: %v", err)
			}
			burst()
			until("back to aiokafka alone", true, false)
			for _, id := range published {
				eventually(t, "event "+id, func() bool { a, b := by(id); return a || b })
			}
			if code := back.Stop(); code != 0 {
				t.Errorf("aiokafka's exit code is %d: %s", code, back.Stderr())
			}

			twice := 0
			for _, id := range published {
				n := 0
				for _, m := range old {
					n += m.has(id)
				}
				h.mu.Lock()
				n += len(h.events[id])
				h.mu.Unlock()
				switch {
				case n == 0:
					t.Errorf("event %s was never handled", id)
				case n > 1:
					twice++
				}
			}
			t.Logf("%d events, %d handled more than once", len(published), twice)
		})
	}
}
