package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/eventcontracts/eventcontracts/examples/internal/target"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/internal/account/observe"
	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// demo is one run.
type demo struct {
	config
	out     *printer
	cluster cluster
	observe observe.Cluster
	broker  *broker.Broker // nil on another Kafka
	log     *os.File       // of the producer
	groups  map[string]string
	starts  map[account.TopicPartition]int64 // of the event topics: what was there before does not count
	live    *watch
	total   int
	pub     *publishing

	members map[string]*running // in this process, by name
	child   *child              // the member in a process of its own
	keep    bool                // the directory
}

// newDemo makes a directory for the run and connects it with a Kafka.
func newDemo(cfg config, c cluster, out *printer) (*demo, error) {
	d := &demo{config: cfg, out: out, cluster: c, groups: map[string]string{}, members: map[string]*running{}, keep: cfg.dir != ""}
	var err error
	if cfg.dir == "" {
		d.dir, err = os.MkdirTemp("", "eventcontracts-demo-")
	} else {
		err = os.Mkdir(cfg.dir, 0o755)
	}
	if err == nil {
		d.log, err = os.Create(filepath.Join(d.dir, "producer.log"))
	}
	if err != nil {
		return nil, fmt.Errorf("make a directory for the run: %w", err)
	}
	if len(c.Brokers) == 0 {
		if d.broker, err = broker.Start(broker.Config{}); err != nil {
			return nil, err
		}
		d.cluster = embedded(d.broker.Addrs())
	}
	d.observe = d.cluster.observe()
	d.live = newWatch(d.dir)
	// Groups that nobody has: they are named for the run.
	for name := range roles {
		d.groups[name] = name + "-" + uuid.NewString()[:4]
	}
	return d, nil
}

// run takes all steps, and reports whether the account holds.
func (d *demo) run(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	where := "an embedded broker, " + strings.Join(d.cluster.Brokers, ",")
	if d.broker == nil {
		where = "Kafka, " + strings.Join(d.cluster.Brokers, ",")
	}
	fmt.Fprintf(d.out.out, "%s on %s (seed %d)\n", d.out.bold("Events from .proto to Kafka and back"), where, d.seed)
	if hint := target.Hint(brokersVariable); hint != "" && d.broker != nil {
		d.out.say("%s", hint)
	}
	for _, step := range []func(context.Context) error{
		d.applyTopics, d.startMembers, d.outage, d.kill, d.drain, d.showLog, d.showLetters, d.release, d.redrive, d.stopMembers,
	} {
		if err := step(ctx); err != nil {
			return false, err
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	return d.account(ctx)
}

// startMembers starts two members of the notifier group, one of them a child
// process, and one of analytics.
func (d *demo) startMembers(ctx context.Context) error {
	d.out.title("Consumers")
	if err := d.startNotifier(ctx, 1, "a", "b"); err != nil {
		return err
	}
	if err := d.start(ctx, d.member("analytics", "c", 1)); err != nil {
		return err
	}
	d.out.say("group %s, release 1: member a in this process, member b in process %d", d.groups["notifier"], d.child.pid())
	d.out.say("  handles %s", strings.Join(roles["notifier"].handles, ", "))
	d.out.say("group %s: member c in this process", d.groups["analytics"])
	d.out.say("  handles all %d todo events", len(roles["analytics"].handles))
	d.out.say("TodoCreated is published as major 1 and 2: notifier reads both as 2, analytics as 1")
	return nil
}

// startNotifier starts two members of the notifier group: one here, one in a
// process of its own.
func (d *demo) startNotifier(ctx context.Context, release int, here, apart string) error {
	if err := d.start(ctx, d.member("notifier", here, release)); err != nil {
		return err
	}
	var err error
	d.child, err = startChild(d.cluster, d.member("notifier", apart, release))
	return err
}

func (d *demo) start(ctx context.Context, cfg memberConfig) error {
	m, err := startMember(ctx, d.cluster, cfg)
	if err == nil {
		d.members[cfg.Name] = m
	}
	return err
}

func (d *demo) member(role, name string, release int) memberConfig {
	return memberConfig{Name: name, Role: role, Group: d.groups[role], Dir: d.dir, Release: release}
}

// followTimeout bounds each wait for something that must come.
const followTimeout = 2 * time.Minute

// follow shows how things go until done.
func (d *demo) follow(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := d.live.poll(); err != nil {
			return err
		}
		d.out.progress("published %s of %s, handled %s, failed attempts %s",
			number(d.pub.published.Load()), number(d.total), number(d.live.handled), number(d.live.failed))
		if ok, err := done(); ok || err != nil {
			return err
		}
		for name, m := range d.members {
			if m.ended() {
				return fmt.Errorf("member %s has ended: %w", name, m.err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("gave up waiting for %s: %w", what, ctx.Err())
		}
	}
}

// close ends what is left, and removes the directory if nothing is to be seen
// there.
func (d *demo) close(clean bool) error {
	var errs []error
	if d.child != nil {
		errs = append(errs, d.child.stop())
	}
	for _, m := range d.members {
		errs = append(errs, m.stop())
	}
	if d.pub != nil {
		<-d.pub.done
	}
	if d.broker != nil {
		d.broker.Close()
	}
	errs = append(errs, d.log.Close())
	if clean && !d.keep {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
