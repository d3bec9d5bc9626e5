package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// nemesis is one kind of harm.
type nemesis string

const (
	kill   nemesis = "kill"   // SIGKILL, and a new process later
	freeze nemesis = "freeze" // SIGSTOP for less or more than a session, then SIGCONT
	stop   nemesis = "stop"   // SIGTERM, and a new process later
	enter  nemesis = "join"   // one more member, which is stopped later
)

var nemeses = []nemesis{kill, freeze, stop, enter}

// deed is one thing that is done to a member.
type deed struct {
	At    time.Duration // since the round's start
	What  nemesis
	Slot  int           // of the member; join has slots of its own behind the others
	Lasts time.Duration // until it is undone
}

func (d deed) String() string {
	return fmt.Sprintf("%6.2fs %-6s member %d for %.2fs", d.At.Seconds(), d.What, d.Slot+1, d.Lasts.Seconds())
}

// schedule follows from the seed alone. A deed whose member is still busy with the one
// before is left out when its time comes.
func schedule(s settings, lasts time.Duration) []deed {
	if len(s.Nemeses) == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(s.Seed, 1))
	between := func(from, to time.Duration) time.Duration { return from + time.Duration(random.Int64N(int64(to-from))) }
	var out []deed
	for at := between(time.Second, 2*time.Second); at < lasts; at += between(200*time.Millisecond, 1600*time.Millisecond) {
		d := deed{At: at, What: s.Nemeses[random.IntN(len(s.Nemeses))], Slot: random.IntN(s.Members)}
		switch d.What {
		case freeze:
			d.Lasts = between(100*time.Millisecond, session/2)
			if random.IntN(3) == 0 {
				d.Lasts = between(session+session/2, 2*session)
			}
		case enter:
			d.Slot = s.Members + random.IntN(2)
			d.Lasts = between(500*time.Millisecond, 4*time.Second)
		default:
			d.Lasts = between(0, 2*time.Second)
		}
		out = append(out, d)
	}
	return out
}

// listing is a schedule.
func listing(list []deed) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}
