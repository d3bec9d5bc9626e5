package main

import (
	"fmt"
	"io"
	"os"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// group is the n-th consumer group: each measurement reads the log from its
// start, as a group that has committed nothing.
func group(n int) string { return fmt.Sprintf("bench%d", n) }

// serve runs the broker until its input ends.
func serve(t task) error {
	topics := map[string]broker.Topic{topicName: {Name: topicName, Partitions: partitions}}
	for n := range t.Groups {
		required, err := eventbus.RequiredTopics(consumerConfig(task{Group: group(n)}))
		if err != nil {
			return err
		}
		for _, r := range required {
			if r.Name != topicName {
				topics[r.Name] = broker.Topic{Name: r.Name, Partitions: r.Partitions}
			}
		}
	}
	var cfg broker.Config
	for _, topic := range topics {
		cfg.Topics = append(cfg.Topics, topic)
	}
	b, err := broker.Start(cfg)
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println(b.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
