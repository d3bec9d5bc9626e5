package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// listCmd shows what is declared, whether a cluster has it or not: it works on the
// contracts alone.
func (a *app) listCmd() *cobra.Command {
	var topic string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List events",
		Long: `List shows the events of the contracts with their topic, version, key and owner,
whether a cluster has the topics or not. Each major is a line. --json says more.`,
		Example: `  eventctl list
  eventctl list --topic todos
  eventctl list --json | jq -r '.[].type'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cat, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			if topic != "" {
				// An empty list would say that the topic has no events.
				if _, ok := cat.Registry.Topic(topic); !ok {
					return unknownTopic(cat, topic)
				}
			}
			all := []catalog.Summary{}
			for _, k := range cat.Contracts() {
				if topic == "" || k.Topic.Name == topic {
					all = append(all, cat.Summary(k))
				}
			}
			if a.json {
				return terminal.JSON(a.stdout, all)
			}
			t := a.table("TOPIC", "EVENT", "KEY", "OWNER", "")
			for _, l := range all {
				note := ""
				if l.Deprecated {
					note = "deprecated"
				}
				t.Add(l.Topic, l.Type+" "+l.Version, keyOf(l.Key), l.Owner, note)
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
	if near := suggest.Near(name, known); len(near) > 0 {
		return usagef("no contract declares topic %q: did you mean %s?", name, strings.Join(near, " or "))
	}
	return usagef("no contract declares topic %q: topics are %s", name, strings.Join(known, ", "))
}

// keyOf is the path of an event's key for people.
func keyOf(path string) string { return cmp.Or(path, "(unkeyed)") }
