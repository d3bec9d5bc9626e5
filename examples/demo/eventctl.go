package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/examples/internal/target"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/internal/cli"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// eventctl runs a command of eventctl, as in a shell, and returns what it
// printed.
func (d *demo) eventctl(ctx context.Context, args ...string) ([]byte, error) {
	shown := slices.Clone(args)
	for i, arg := range shown {
		if strings.Contains(arg, " ") {
			shown[i] = strconv.Quote(arg)
		}
	}
	d.out.say("$ eventctl %s", strings.Join(shown, " "))
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: d.cluster.getenv}, append(args, "--json"))
	if code != 0 {
		return nil, fmt.Errorf("eventctl %s: exit code %d: %s%s", strings.Join(args, " "), code, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// applyTopics creates the topics. It refuses a cluster that has any of them.
func (d *demo) applyTopics(ctx context.Context) error {
	d.out.title("Topics")
	services := filepath.Join(d.dir, "services.yaml")
	if err := os.WriteFile(services, d.services(), 0o644); err != nil {
		return err
	}
	args := []string{"topics", "apply", "--services", services}
	brokers, err := d.brokers()
	if err != nil {
		return err
	}
	const declared = 3
	if brokers < declared {
		args = append(args, "--replicas", fmt.Sprint(brokers))
	}
	if d.broker == nil {
		plan, err := d.eventctl(ctx, append(args, "--dry-run")...)
		if err != nil {
			return err
		}
		if err := target.CheckNew(plan); err != nil {
			return err
		}
	}
	out, err := d.eventctl(ctx, args...)
	if err != nil {
		return err
	}
	var topics []struct{ Name, Action string }
	if err := json.Unmarshal(out, &topics); err != nil {
		return fmt.Errorf("eventctl topics apply: %w", err)
	}
	created := 0
	var names []string
	for _, t := range topics {
		names = append(names, t.Name)
		if t.Action == "created" {
			created++
		}
	}
	d.out.say("%d created, %d were there: those of the events, and for each group a dead-letter and a redrive topic", created, len(topics)-created)
	ends, err := d.observe.Ends(ctx, names...)
	if err != nil {
		return err
	}
	d.starts = maps.Clone(ends)
	maps.DeleteFunc(d.starts, func(p account.TopicPartition, _ int64) bool { return !isSource(p.Topic) })
	for name, group := range d.groups {
		starts := maps.Clone(d.starts)
		maps.DeleteFunc(starts, func(p account.TopicPartition, _ int64) bool { return !slices.Contains(roles[name].topics, p.Topic) })
		if err := d.cluster.begin(group, starts); err != nil {
			return err
		}
	}
	return nil
}

// services is the services.yaml of this run's groups.
func (d *demo) services() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(d.groups)) {
		fmt.Fprintf(&b, "- service: %s\n  owner: demo\n  principal: User:demo\n  groups:\n    - name: %s\n      handles: [%s]\n      deploys: [1, 2]\n",
			name, d.groups[name], strings.Join(roles[name].handles, ", "))
	}
	return b.Bytes()
}

// brokers is the number of brokers of the cluster.
func (d *demo) brokers() (int, error) {
	c, err := kafka.NewAdminClient(d.cluster.raw())
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer c.Close()
	stop, err := d.cluster.authenticate(c)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer stop()
	md, err := c.GetMetadata(nil, false, int(answerTimeout.Milliseconds()))
	if err != nil {
		return 0, fmt.Errorf("no answer from %s: check the address, TLS and SASL settings: %w", strings.Join(d.cluster.Brokers, ","), err)
	}
	return len(md.Brokers), nil
}

// redrive sends to the notifier group once more what release 2 may handle.
func (d *demo) redrive(ctx context.Context) error {
	d.out.title("Redrive")
	group := d.groups["notifier"]
	for _, r := range []struct{ topic, reason, why string }{
		{"reminders", "retries_exhausted", "the mail provider is back"},
		{"todos", "permanent", "release 2 renders all titles"},
	} {
		out, err := d.eventctl(ctx, "dlq", "redrive", event.DeadLetterTopic(r.topic, group), "--only-reason", r.reason, "--execute", "--reason", r.why)
		if err != nil {
			return err
		}
		var report struct{ Redriven int }
		if err := json.Unmarshal(out, &report); err != nil {
			return fmt.Errorf("eventctl dlq redrive: %w", err)
		}
		d.out.say("%s events redriven to %s", number(report.Redriven), event.RedriveTopic(r.topic, group))
	}
	if err := d.settled(ctx); err != nil {
		return err
	}
	return d.showFailedAgain(ctx)
}

// isSource reports whether a contract declares the topic.
func isSource(topic string) bool {
	return slices.ContainsFunc(event.Linked().Topics(), func(t *event.Topic) bool { return t.Name == topic })
}
