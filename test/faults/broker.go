package main

import (
	"context"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kfake"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// group is the one whose members are harmed.
const group = "counted"

// letterPartitions is another number than the topic has, so that a dead letter in its
// record's partition instead of its key's is found.
const letterPartitions = 5

// topics are those of a run: of the events, of their dead letters and of redrives.
func topics(partitions int) ([]broker.Topic, error) {
	contract, err := event.ContractOf(&todov1.TodoCreated{})
	if err != nil {
		return nil, err
	}
	source := topicplan.ForSource(contract.Topic)
	out := []broker.Topic{{Name: source.Name, Partitions: partitions, Config: source.Config}}
	for _, t := range topicplan.ForGroup(contract.Topic, group) {
		out = append(out, broker.Topic{Name: t.Name, Partitions: letterPartitions, Config: t.Config})
	}
	return out, nil
}

// broker runs a broker that is observed.
func (r role) broker(ctx context.Context, j *journal) error {
	list, err := topics(r.Partitions)
	if err != nil {
		return err
	}
	b, err := broker.Start(broker.Config{Topics: list, Options: []kfake.Opt{
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			l, err := net.Listen(network, address)
			if err != nil {
				return nil, err
			}
			return &observer{Listener: l, journal: j, letterDelay: r.LetterDelay}, nil
		}),
	}})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println(ready, b.Addr())
	<-ctx.Done()
	return nil
}
