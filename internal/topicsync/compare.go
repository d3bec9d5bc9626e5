package topicsync

import (
	"fmt"
	"maps"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
)

// Action is what is done about a topic, or has been.
type Action string

// The actions. Compare gives the first three, Create the others to what is Missing.
const (
	Exists  Action = "exists"
	Differs Action = "differs"
	Missing Action = "create" // would be created
	Created Action = "created"
	Failed  Action = "failed"
)

// State is a wanted topic beside what the cluster has. Its JSON names are those of
// --json.
type State struct {
	topicplan.Topic

	Action      Action       `json:"action"`
	Differences []Difference `json:"differences,omitempty"`
	Error       string       `json:"error,omitempty"` // why it was not created, or not compared
}

// Difference is one setting of an existing topic.
type Difference struct {
	Setting string `json:"setting"` // "partitions", "replicas" or Kafka's name of a setting
	Have    string `json:"have"`
	Want    string `json:"want"`
}

// Existing is a topic of the cluster.
type Existing struct {
	Partitions int
	Replicas   int // of its first partition; reassignments can give each its own number

	// Settings are in Kafka's names; nil if they are not known.
	Settings map[string]string

	// SettingsErr is why they are not known, if the cluster said so for this topic.
	SettingsErr error
}

// Compare says for each wanted topic what is to be done about it. It compares the
// settings that are wanted: others are the cluster's business.
func Compare(wanted []topicplan.Topic, have map[string]Existing) []*State {
	var states []*State
	for _, w := range wanted {
		s := &State{Topic: w, Action: Missing}
		states = append(states, s)
		topic, ok := have[w.Name]
		if !ok {
			continue
		}
		s.Action = Exists
		s.compare("partitions", fmt.Sprint(topic.Partitions), fmt.Sprint(w.Partitions))
		if topic.Partitions > 0 { // else nobody knows of replicas
			s.compare("replicas", fmt.Sprint(topic.Replicas), fmt.Sprint(w.Replicas))
		}
		switch {
		case topic.SettingsErr != nil:
			s.Error = fmt.Sprintf("its settings cannot be read: %v", topic.SettingsErr)
		case topic.Settings != nil:
			for _, name := range slices.Sorted(maps.Keys(w.Config)) {
				s.compare(name, topic.Settings[name], w.Config[name])
			}
		}
	}
	return states
}

func (s *State) compare(setting, have, want string) {
	if have != want {
		s.Action = Differs
		s.Differences = append(s.Differences, Difference{Setting: setting, Have: have, Want: want})
	}
}
