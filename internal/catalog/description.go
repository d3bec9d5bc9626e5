package catalog

import (
	"fmt"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Description is one event with everything that its contract says, and who
// publishes and handles it.
type Description struct {
	Summary

	Comment    string             `json:"comment"`  // on one line
	Versions   []string           `json:"versions"` // all of the type on its topic, highest first
	Deprecated *Deprecation       `json:"deprecation,omitempty"`
	TopicInfo  TopicSettings      `json:"topic_settings"`
	Publishers []string           `json:"publishers"` // services, in the order of services.yaml
	Groups     []string           `json:"groups"`     // consumer groups, likewise
	Fields     []FieldDescription `json:"fields"`
	Oneofs     []OneofDescription `json:"oneofs,omitempty"`
	Rules      string             `json:"rules,omitempty"`    // of the message, in the text format
	Messages   []PartDescription  `json:"messages,omitempty"` // inside the event, at any depth
	Enums      []EnumDescription  `json:"enums,omitempty"`
}

// Deprecation is when an event ends, and what replaces it, in the contract's words.
type Deprecation struct {
	Since      string `json:"since,omitempty"`
	Sunset     string `json:"sunset,omitempty"`
	ReplacedBy string `json:"replaced_by,omitempty"`
}

// TopicSettings are those of a declared topic that readers of its events ask for.
type TopicSettings struct {
	Partitions int    `json:"partitions"`
	Replicas   int    `json:"replicas"`
	Retention  string `json:"retention"` // "7d", "unlimited"
	Cleanup    string `json:"cleanup"`   // Kafka's cleanup.policy
	MaxBytes   int    `json:"max_bytes,omitempty"`
}

// Describe says everything about one contract.
func (c *Catalog) Describe(k *event.Contract) Description {
	_, _, comment := c.Location(k.Descriptor)
	d := Description{
		Summary:  c.Summary(k),
		Comment:  oneLine(comment),
		Versions: c.versions(k),
		TopicInfo: TopicSettings{
			Partitions: k.Topic.Partitions, Replicas: k.Topic.Replicas, MaxBytes: k.Topic.MaxBytes,
			Retention: duration(k.Topic.Retention), Cleanup: k.Topic.KafkaConfig()["cleanup.policy"],
		},
		// Empty lists, which are [] in JSON: programs need not tell null from none.
		Publishers: []string{}, Groups: []string{},
	}
	d.Summary.Deprecated = false // d.Deprecated says more, and in JSON there is one of the two
	if dep := k.Options.GetDeprecated(); dep != nil {
		d.Deprecated = &Deprecation{Since: dep.GetSince(), Sunset: dep.GetSunset(), ReplacedBy: dep.GetReplacedBy()}
	}
	for _, s := range c.Services {
		if c.names(s.Publishes, k) {
			d.Publishers = append(d.Publishers, s.Name)
		}
		for _, g := range s.Groups {
			if c.names(g.Handles, k) {
				d.Groups = append(d.Groups, g.Name)
			}
		}
	}
	own := c.describePart(k.Descriptor)
	d.Fields, d.Oneofs, d.Rules = own.Fields, own.Oneofs, own.Rules
	d.Messages, d.Enums = c.parts(k.Descriptor)
	return d
}

// oneLine joins a comment's lines, which are broken where the .proto file needed it.
func oneLine(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// duration is a retention in days if it is whole days, as contracts write most of them.
// Below zero it is Kafka's retention.ms -1; zero leaves retention.ms out, so that the
// broker's log.retention.* count.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "unlimited"
	case d == 0:
		return "as long as the broker says"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	default:
		return d.String()
	}
}
