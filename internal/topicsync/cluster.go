package topicsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Cluster is what a cluster has.
type Cluster struct {
	Brokers int
	Topics  map[string]Existing // those that are wanted

	// SettingsKnown is false for services that speak Kafka's protocol in part, and
	// describe no topic's settings.
	SettingsKnown bool
}

// Ask asks a cluster about the topics that are wanted.
func Ask(ctx context.Context, admin *kafkaclient.Admin, wanted []topicplan.Topic) (Cluster, error) {
	md, err := admin.Metadata()
	if err != nil {
		return Cluster{}, err
	}
	out := Cluster{Brokers: len(md.Brokers), Topics: map[string]Existing{}, SettingsKnown: true}
	var ask []kafka.ConfigResource
	for _, w := range wanted {
		t, ok := md.Topics[w.Name]
		if !ok {
			continue
		}
		have := Existing{Partitions: len(t.Partitions)}
		if len(t.Partitions) > 0 {
			have.Replicas = len(t.Partitions[0].Replicas)
		}
		out.Topics[w.Name] = have
		ask = append(ask, kafka.ConfigResource{Type: kafka.ResourceTopic, Name: w.Name})
	}
	if len(ask) == 0 {
		return out, nil
	}
	return out, out.askSettings(ctx, admin, ask)
}

func (c *Cluster) askSettings(ctx context.Context, admin *kafkaclient.Admin, ask []kafka.ConfigResource) error {
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	results, err := admin.DescribeConfigs(bounded, ask)
	if ke := (kafka.Error{}); errors.As(err, &ke) && ke.Code() == kafka.ErrUnsupportedFeature {
		c.SettingsKnown = false
		return nil
	}
	if err != nil {
		return admin.Failed("read topic settings", err)
	}
	for _, r := range results {
		have := c.Topics[r.Name]
		if r.Error.Code() != kafka.ErrNoError {
			have.SettingsErr = r.Error
		} else {
			have.Settings = map[string]string{}
			for name, entry := range r.Config {
				have.Settings[name] = entry.Value
			}
		}
		c.Topics[r.Name] = have
	}
	return nil
}

// Create creates the topics that are Missing, and changes their states. An error
// about one topic is in its state; Create's own is about all of them.
func Create(ctx context.Context, admin *kafkaclient.Admin, states []*State) error {
	var specs []kafka.TopicSpecification
	byName := map[string]*State{}
	for _, s := range states {
		if s.Action == Missing {
			specs = append(specs, kafka.TopicSpecification{Topic: s.Name, NumPartitions: s.Partitions, ReplicationFactor: s.Replicas, Config: s.Config})
			byName[s.Name] = s
		}
	}
	if len(specs) == 0 {
		return nil
	}
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	results, err := admin.CreateTopics(bounded, specs, kafka.SetAdminOperationTimeout(admin.Timeout))
	if err != nil {
		return admin.Failed("create topics", err)
	}
	for _, r := range results {
		byName[r.Topic].created(r.Error, admin.Cluster.Identity())
	}
	return nil
}

// created takes over the outcome of a topic's creation. who is the client, whose
// right may be missing.
func (s *State) created(err kafka.Error, who diagnose.Client) {
	s.Action = Failed
	switch err.Code() {
	case kafka.ErrNoError:
		s.Action = Created
	case kafka.ErrTopicAlreadyExists: // somebody was faster
		s.Action = Exists
	case kafka.ErrInvalidReplicationFactor:
		brokers := "brokers"
		if s.Replicas == 1 {
			brokers = "broker"
		}
		s.Error = fmt.Sprintf("the cluster has fewer than %d %s: add some, or give --replicas on a development cluster", s.Replicas, brokers)
	case kafka.ErrTopicAuthorizationFailed, kafka.ErrClusterAuthorizationFailed:
		s.Error = who.Missing(diagnose.Right{Operation: kafka.ACLOperationCreate, Resource: diagnose.Topic, Name: s.Name}, nil).Error()
	default:
		s.Error = err.String()
	}
}
