package eventbus

import (
	"cmp"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/config"
)

// RequiredTopic is a topic that must exist for a consumer to start.
type RequiredTopic struct {
	Name       string
	Partitions int
	Replicas   int
	Config     map[string]string // by Kafka's names
}

// RequiredTopics lists the topics that a consumer of cfg needs, by name: those
// of its handlers' contracts and, for each, the group's dead-letter and redrive
// topic. It needs no broker. Its error matches ErrConfig.
func RequiredTopics(cfg ConsumerConfig) ([]RequiredTopic, error) {
	cfg = cfg.withDefaults()
	r, problems := cfg.routes()
	if err := checkGroup(cfg.Group); err != nil {
		problems = append(problems, config.Problemf("Group", "%w", err))
	}
	if err := config.Join("required topics", problems); err != nil {
		return nil, err
	}
	var out []RequiredTopic
	add := func(t topicplan.Topic) {
		out = append(out, RequiredTopic{Name: t.Name, Partitions: t.Partitions, Replicas: t.Replicas, Config: t.Config})
	}
	for _, s := range r.sources {
		switch {
		case s.redrive:
		case s.name != s.topic.Name:
			add(topicplan.ForGroup(s.topic, cfg.DeadLettersOf)[0])
		default:
			add(topicplan.ForSource(s.topic))
			if s.deadLetter != "" {
				for _, t := range topicplan.ForGroup(s.topic, cfg.Group) {
					add(t)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b RequiredTopic) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}
