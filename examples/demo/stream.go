package main

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// item is one record to publish: an event, or what another program writes.
type item struct {
	msg    proto.Message
	id     string
	at     time.Time
	cause  event.Metadata // of the event that this one follows from
	record *event.Record  // instead of msg
}

// step is one event of a story.
type step struct {
	build func(at time.Time) proto.Message
	cause int // index of the step that it follows from; -1: none
}

// story is what happens to one todo, or in one session, in order.
type story struct {
	steps []step
	told  []event.Metadata
}

// add appends a step that follows from the step cause, and returns its index.
func (s *story) add(cause int, build func(at time.Time) proto.Message) int {
	s.steps = append(s.steps, step{build, cause})
	return len(s.steps) - 1
}

// user is who the stories are about.
type user struct {
	id    string
	email string
}

// teller invents a stream. The same seed gives the same one.
type teller struct {
	*rand.Rand
	bytes *rand.ChaCha8
	users []user
	now   time.Time
	n     int // stories so far
}

// foreignEvery is how many events there are to one record of another program.
const foreignEvery = 150

// stream invents n records of every event type, as they happen in a day that
// ends at end: many stories side by side, each in its order.
func stream(seed uint64, n int, end time.Time) []item {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	t := &teller{bytes: rand.NewChaCha8(key)}
	t.Rand = rand.New(t.bytes)
	t.now = end.Add(-24 * time.Hour)
	pace := int64(24*time.Hour) / int64(n+1)
	for range max(10, n/40) {
		t.users = append(t.users, t.user())
	}
	open := make([]*story, max(10, n/60))
	items := make([]item, 0, n)
	for len(items) < n {
		t.now = t.now.Add(time.Duration(1 + t.Int64N(2*pace))).Truncate(time.Microsecond)
		if len(items)%foreignEvery == foreignEvery-1 {
			items = append(items, item{record: t.foreign(len(items) / foreignEvery)})
			continue
		}
		i := t.IntN(len(open))
		if open[i] == nil || len(open[i].told) == len(open[i].steps) {
			open[i] = t.story()
		}
		items = append(items, t.tell(open[i]))
	}
	return items
}

// tell makes the next event of a story.
func (t *teller) tell(s *story) item {
	next := s.steps[len(s.told)]
	it := item{msg: next.build(t.now), id: t.uuid(), at: t.now}
	md := event.Metadata{ID: it.id, CorrelationID: it.id}
	if next.cause >= 0 {
		it.cause = s.told[next.cause]
		md.CorrelationID = it.cause.CorrelationID
	}
	s.told = append(s.told, md)
	return it
}

// story begins another one. The first ones leave nothing out, so that a short
// stream has every event type too.
func (t *teller) story() *story {
	t.n++
	whole := t.n <= 9
	if t.n%3 == 2 {
		return t.session(whole)
	}
	return t.todo(whole)
}

func (t *teller) user() user {
	id := t.uuid()
	return user{id: id, email: "user-" + id[:8] + "@example.com"}
}

func (t *teller) anyone() user { return t.users[t.IntN(len(t.users))] }

// chance is true in percent of all cases.
func (t *teller) chance(percent int) bool { return t.IntN(100) < percent }

func (t *teller) uuid() string { return uuid.Must(uuid.NewRandomFromReader(t.bytes)).String() }

func pick[T any](t *teller, from ...T) T { return from[t.IntN(len(from))] }
