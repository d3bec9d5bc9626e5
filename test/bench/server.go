package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/bench/peers"
	"github.com/eventcontracts/eventcontracts/test/kafka"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// consumerGroup is the n-th one: each measurement reads the log from its
// start, as a group that has committed nothing.
func consumerGroup(n int) string { return fmt.Sprintf("bench%d", n) }

// startFor starts a broker with the topics of all formats and of some groups.
func startFor(apache bool, groups int) (*server, error) {
	topics, err := topicsOf(groups)
	if err != nil {
		return nil, err
	}
	return startServer(apache, topics)
}

// server is a broker in a process of its own.
type server struct {
	addr  string
	close func() error
}

// startServer starts a broker with topics: the embedded one, or Apache Kafka.
func startServer(apache bool, topics map[string]int) (*server, error) {
	if apache {
		return startKafka(topics)
	}
	return startEmbedded(topics)
}

// startEmbedded starts a broker that ends with this process, whatever becomes
// of that one.
func startEmbedded(topics map[string]int) (*server, error) {
	cmd, err := command(measure.Task{Role: roleBroker, Topics: topics})
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	p := &server{close: func() error {
		_ = in.Close()
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("stop the broker: %w", err)
		}
		return nil
	}}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		_ = p.close()
		return nil, errors.New("start the broker: it ended at once")
	}
	p.addr = lines.Text()
	return p, nil
}

// serve runs the embedded broker until its input ends.
func serve(t measure.Task) error {
	b, err := broker.Start(broker.Config{Topics: specs(t.Topics)})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println(b.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// topicsOf are the topics of all formats, and those that consumers of some groups need.
func topicsOf(groups int) (map[string]int, error) {
	topics := map[string]int{}
	for _, f := range peers.Formats() {
		topics[peers.Topic(f.Name)] = measure.Partitions
	}
	for n := range groups {
		required, err := eventbus.RequiredTopics(peers.ConsumerConfig(measure.Task{Group: consumerGroup(n)}))
		if err != nil {
			return nil, err
		}
		for _, r := range required {
			topics[r.Name] = r.Partitions
		}
	}
	topics[measure.Topic] = measure.Partitions
	return topics, nil
}

func specs(topics map[string]int) (out []broker.Topic) {
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		out = append(out, broker.Topic{Name: name, Partitions: topics[name]})
	}
	return out
}

// startKafka starts an Apache Kafka of one node.
func startKafka(topics map[string]int) (*server, error) {
	cluster, err := kafkatest.New()
	if err != nil {
		return nil, err
	}
	p := &server{addr: cluster.Brokers()[0], close: cluster.Close}
	if err := p.create(specs(topics)); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	return p, nil
}

func (p *server) create(topics []broker.Topic) error {
	admin, err := kafka.NewAdminClient(&kafka.ConfigMap{"bootstrap.servers": p.addr})
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	defer admin.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var specs []kafka.TopicSpecification
	for _, t := range topics {
		specs = append(specs, kafka.TopicSpecification{Topic: t.Name, NumPartitions: t.Partitions, ReplicationFactor: 1})
	}
	results, err := admin.CreateTopics(ctx, specs, kafka.SetAdminOperationTimeout(time.Minute))
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	for _, r := range results {
		if r.Error.Code() != kafka.ErrNoError {
			return fmt.Errorf("create topic %s: %w", r.Topic, r.Error)
		}
	}
	return nil
}
