package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// memberConfig is one incarnation of a member of a group.
type memberConfig struct {
	Name    string // unique in its group
	Role    string
	Group   string
	Dir     string // for its journal and its log
	Release int    // of the service
}

// member is a consumer with its journal.
type member struct {
	consumer *eventbus.Consumer
	journal  journal
	log      *os.File
}

func newMember(c cluster, cfg memberConfig) (*member, error) {
	file, err := account.CreateJournal(journalFile(cfg.Dir, cfg.Group, cfg.Name))
	if err != nil {
		return nil, err
	}
	j := journal{file}
	m := &member{journal: j}
	if m.log, err = os.Create(filepath.Join(cfg.Dir, cfg.Group+"."+cfg.Name+".log")); err != nil {
		return nil, errors.Join(err, m.close())
	}
	handlers := (&analytics{j}).handlers()
	if cfg.Role == "notifier" {
		handlers = (&notifier{journal: j, release: cfg.Release, outage: outageFile(cfg.Dir)}).handlers()
	}
	m.consumer, err = eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: c.Connection,
		Group:      cfg.Group, Handlers: handlers, Conversions: todo.Conversions,
		Logger: slog.New(slog.NewTextHandler(m.log, nil)),
		// Kafka's shortest by default: the group hears of a killed member after
		// it. A service keeps the default of 45 s.
		Config: map[string]string{"session.timeout.ms": "6000", "heartbeat.interval.ms": "500"},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("member %s of %s: %w", cfg.Name, cfg.Group, err), m.close())
	}
	return m, nil
}

// run handles events until ctx ends, and stops cleanly. It closes ready once the
// group has given the member its partitions.
func (m *member) run(ctx context.Context, ready chan<- struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for !m.consumer.Health().Ready {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		close(ready)
	}()
	err := m.consumer.Run(ctx)
	cancel()
	<-watched
	return errors.Join(err, m.close())
}

func (m *member) close() error {
	err := m.journal.Close()
	if m.log != nil {
		err = errors.Join(err, m.log.Close())
	}
	return err
}

// running is a member in this process, under way.
type running struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // read after done
}

// startMember starts a member in this process and waits until it takes part.
func startMember(ctx context.Context, c cluster, cfg memberConfig) (*running, error) {
	m, err := newMember(c, cfg)
	if err != nil {
		return nil, err
	}
	// It outlives an interrupt: whoever started it stops it.
	runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{cancel: cancel, done: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		defer close(r.done)
		r.err = m.run(runCtx, ready)
	}()
	select {
	case <-ready:
		return r, nil
	case <-r.done:
	case <-ctx.Done():
	}
	return nil, errors.Join(fmt.Errorf("member %s of %s did not start", cfg.Name, cfg.Group), r.stop())
}

func (r *running) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// stop lets the member finish what it has begun.
func (r *running) stop() error {
	r.cancel()
	<-r.done
	return r.err
}
