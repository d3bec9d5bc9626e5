package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/google/uuid"
)

const (
	clients  = 50
	requests = 4000 // of all clients together
)

// load is many requests at a time, all of one correlation id.
type load struct {
	correlation string
	answers     chan answer // as they come, with room for all
	giveUp      context.CancelFunc
}

type answer struct {
	event string // that todo-api has confirmed
	err   error
}

// load begins one. It must be ended.
func (s *system) load(ctx context.Context) *load {
	l := &load{correlation: uuid.NewString(), answers: make(chan answer, requests)}
	ctx, l.giveUp = context.WithCancel(ctx)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	url := s.services["todo-api"].URL
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() { // one request after the other, on one connection
			for range requests / clients {
				r, err := post(ctx, client, url, l.correlation, uuid.NewString(), `{"title":"Buy milk"}`, http.StatusCreated)
				l.answers <- answer{r.EventID, err}
			}
		})
	}
	go func() {
		asking.Wait()
		client.CloseIdleConnections()
		close(l.answers)
	}()
	return l
}

// confirmed are the events of the next n answers, none of which may be an error.
func (l *load) confirmed(n int) ([]string, error) {
	var events []string
	for len(events) < n {
		a, more := <-l.answers
		if !more {
			return nil, errors.New("there are no more answers")
		}
		if a.err != nil {
			return nil, a.err
		}
		events = append(events, a.event)
	}
	return events, nil
}

// end gives up requests that nobody waits for any more.
func (l *load) end() {
	l.giveUp()
	for range l.answers {
		continue // until the last client has ended
	}
}
