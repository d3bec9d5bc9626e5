package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// listed is one event as list shows it.
type listed struct {
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

func (a *app) listCmd() *cobra.Command {
	var topic string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List events",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cat, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			if topic != "" {
				if _, ok := cat.Registry.Topic(topic); !ok {
					return unknownTopic(cat, topic)
				}
			}
			all := []listed{}
			for _, k := range cat.Contracts() {
				if topic == "" || k.Topic.Name == topic {
					file, line, _ := cat.Location(k.Descriptor)
					all = append(all, listed{
						Type: k.Type, Version: k.Version(), Topic: k.Topic.Name, Key: k.KeyPath, Format: k.Topic.Format.String(),
						Owner: k.Owner, Deprecated: k.Options.GetDeprecated() != nil,
						Message: string(k.Descriptor.FullName()), File: file, Line: line,
					})
				}
			}
			if a.json {
				return terminal.JSON(a.stdout, all)
			}
			t := terminal.NewTable("TOPIC", "TYPE", "VERSION", "KEY", "FORMAT", "OWNER", "")
			for _, l := range all {
				note := ""
				if l.Deprecated {
					note = "deprecated"
				}
				t.Add(l.Topic, l.Type, l.Version, keyOf(l.Key), l.Format, l.Owner, note)
			}
			return t.Print(a.stdout)
		},
	}
	cmd.Flags().StringVar(&topic, "topic", "", "only events of this `TOPIC`")
	return cmd
}

// unknownTopic names the topics that there are.
func unknownTopic(cat *catalog.Catalog, name string) error {
	var known []string
	for _, t := range cat.Topics() {
		known = append(known, t.Name)
	}
	if near := catalog.Near(name, known); len(near) > 0 {
		return usagef("no contract declares topic %q: did you mean %s?", name, strings.Join(near, " or "))
	}
	return usagef("no contract declares topic %q: topics are %s", name, strings.Join(known, ", "))
}

func keyOf(path string) string { return cmp.Or(path, "(unkeyed)") }

// versions are the versions of an event on its topic, highest first.
func versions(all []*event.Contract, k *event.Contract) []string {
	var out []string
	for _, other := range all {
		if other.Topic.Name == k.Topic.Name && other.Type == k.Type {
			out = append([]string{other.Version()}, out...)
		}
	}
	return out
}
