package catalog

import (
	"slices"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Summary is what a list says of an event. Its JSON names are those of --json.
type Summary struct {
	Type       string `json:"type"`
	Version    string `json:"version"`
	Topic      string `json:"topic"`
	Key        string `json:"key,omitempty"` // empty for an unkeyed event
	Format     string `json:"format"`
	Owner      string `json:"owner"`
	Deprecated bool   `json:"deprecated,omitempty"`
	Message    string `json:"message"` // full name of the protobuf message
	File       string `json:"file"`
	Line       int    `json:"line,omitempty"`
}

// Summary is the summary of one contract.
func (c *Catalog) Summary(k *event.Contract) Summary {
	file, line, _ := c.Location(k.Descriptor)
	return Summary{
		Type: k.Type, Version: k.Version(), Topic: k.Topic.Name, Key: k.KeyPath, Format: k.Topic.Format.String(),
		Owner: k.Owner, Deprecated: k.Options.GetDeprecated() != nil,
		Message: string(k.Descriptor.FullName()), File: file, Line: line,
	}
}

// versions are the versions of an event on its topic, highest first.
func (c *Catalog) versions(k *event.Contract) []string {
	var out []string
	for _, other := range c.Contracts() {
		if other.Topic.Name == k.Topic.Name && other.Type == k.Type {
			out = append([]string{other.Version()}, out...) // Contracts has the lowest major first
		}
	}
	return out
}

// names reports whether a list of services.yaml means a contract.
func (c *Catalog) names(list []Named, k *event.Contract) bool {
	return slices.ContainsFunc(list, func(n Named) bool { return slices.Contains(c.Find(n.Name), k) })
}
