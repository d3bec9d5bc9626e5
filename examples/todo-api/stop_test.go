package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/examples/internal/process"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Requests that are under way at SIGTERM are answered, what was answered by 2xx
// is in the log where the answer says, and the log has nothing else.
func TestAStopUnderLoadAnswersWhatItHasBegun(t *testing.T) {
	t.Parallel()
	const (
		clients = 16
		enough  = 500 // answers before the stop
	)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := todos(t)
	var (
		holding  = make(chan struct{}) // from now on the broker answers no more …
		held     = make(chan struct{}) // … and each client waits for it …
		stopping = make(chan struct{}) // … until the service takes no connection any more
		once     sync.Once
	)
	onProduce(b, func() *kerr.Error {
		select {
		case <-holding:
			once.Do(func() { close(held) })
			b.Cluster().SleepControl(func() { <-stopping })
		default:
		}
		return nil
	})
	p, err := process.Start(ctx, "todo-api", exec.Command(os.Args[0]), asService+"=yes", "KAFKA_BROKERS="+b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})

	var begun, answered atomic.Int64
	asks := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { begun.Add(1) }})
	answers := make(chan response, clients)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, ExpectContinueTimeout: time.Minute}}
	var asking sync.WaitGroup
	for range clients {
		asking.Go(func() {
			for { // one after the other on one connection, until there is nobody
				r := post(asks, client, p.URL)
				answered.Add(1)
				answers <- r
				if r.err != nil {
					return
				}
			}
		})
	}
	go func() {
		asking.Wait()
		close(answers)
	}()
	go func() {
		<-held
		// What is answered is in the log, and what waits is not.
		for waits := false; !waits && ctx.Err() == nil; runtime.Gosched() {
			log, _ := b.Topic("todos")
			waits = answered.Load() == log.Partitions[0].End && begun.Load() >= log.Partitions[0].End+clients
		}
		if err := p.Terminate(); err != nil {
			t.Error(err)
		}
		for refused := false; !refused; {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(p.URL, "http://"))
			if err == nil {
				err = conn.Close()
			}
			refused = err != nil
		}
		close(stopping)
	}()

	places := map[string]string{} // of the events that were confirmed, by their ids
	late, full := 0, false
	for r := range answers {
		switch {
		case r.err == nil && r.code == http.StatusCreated:
			places[r.body.EventID] = r.body.At
		case r.err == nil:
			t.Errorf("answer %d %+v", r.code, r.body)
		case !errors.Is(r.err, syscall.ECONNREFUSED):
			t.Errorf("a request was begun and not answered: %v", r.err)
		}
		if len(places) >= enough && !full {
			full = true
			close(holding)
		}
		select {
		case <-stopping:
			late++
		default:
		}
	}
	if err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if late < clients { // each client's last answers at least
		t.Errorf("%d answers came after the stop: that was no load", late)
	}
	t.Logf("%d events confirmed", len(places))
	found := 0
	for _, rec := range written(ctx, t, b) {
		md, _, err := event.Decode(event.Record{Topic: "todos", Key: rec.Key, Value: rec.Value})
		if err != nil {
			t.Fatal(err)
		}
		found++
		if at := fmt.Sprintf("todos/%d/%d", rec.Partition, rec.Offset); places[md.ID] != at {
			t.Errorf("event %s is at %s, and was confirmed at %q", md.ID, at, places[md.ID])
		}
	}
	if found != len(places) {
		t.Errorf("the log has %d events, and %d were confirmed", found, len(places))
	}
}

type response struct {
	code int
	body answer
	err  error
}

// post is one request, as a client with care makes it: under a key of its own. It
// is begun when the service asks for its body.
func post(ctx context.Context, client *http.Client, url string) response {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/todos", strings.NewReader(`{"title":"Buy milk"}`))
	if err != nil {
		return response{err: err}
	}
	req.Header.Set("X-User-ID", user)
	req.Header.Set("Idempotency-Key", uuid.NewString())
	req.Header.Set("Expect", "100-continue")
	resp, err := client.Do(req)
	if err != nil {
		return response{err: err}
	}
	r := response{code: resp.StatusCode}
	r.err = errors.Join(json.NewDecoder(resp.Body).Decode(&r.body), resp.Body.Close())
	return r
}

// written are the records of the topic, read without the bus.
func written(ctx context.Context, t *testing.T, b *broker.Broker) []*kgo.Record {
	t.Helper()
	info, _ := b.Topic("todos")
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics("todos"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var out []*kgo.Record
	for int64(len(out)) < info.Partitions[0].End {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}
