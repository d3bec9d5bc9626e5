package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/internal/topicsync"
)

func (a *app) topicsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create the topics that contracts and groups need",
		Long: `The topics of contracts are those that they declare and, for each consumer
group of services.yaml, its dead-letter and redrive topics. Nothing creates
them by use.`,
		Example: `  eventctl topics apply --dry-run`,
		Args:    exactly(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.addKafkaFlags(cmd)
	cmd.AddCommand(a.topicsApplyCmd())
	return cmd
}

// topicsApplyCmd never changes or deletes a topic that exists: more partitions move keys,
// and a shorter retention deletes records. It needs the rights to describe topics and
// their settings, and to create topics.
func (a *app) topicsApplyCmd() *cobra.Command {
	var (
		dryRun   bool
		replicas int
		group    string
		events   []string
	)
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Create missing topics and report how existing ones differ",
		Long: `Apply creates each declared topic and, for each group of services.yaml that
reads it, the group's dead-letter and redrive topic. A topic that exists is
never changed: what differs from the contract is reported, for you to decide.
--dry-run only reports.

With --group it creates what one group needs: the topics of its events, and its
dead-letter and redrive topics. A group that services.yaml does not have needs
--events: the types that it handles.`,
		Example: `  eventctl topics apply --dry-run
  eventctl topics apply --replicas 1
  eventctl topics apply --group mailer --events TodoCreated --replicas 1
  eventctl topics apply --brokers localhost:9092 --json | jq -r '.[].action'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Zero is "as the contracts say" only while nobody has given it.
			if cmd.Flags().Changed("replicas") && replicas < 1 {
				return usagef("--replicas %d: give at least 1", replicas)
			}
			if len(events) > 0 && group == "" {
				return usagef("--events are those of a group: give --group NAME")
			}
			conn, err := a.connection()
			if err != nil {
				return err
			}
			cat, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			wanted := cat.Wanted()
			if group != "" {
				if wanted, err = wantedBy(cat, group, events); err != nil {
					return err
				}
			}
			for i := range wanted {
				if replicas > 0 {
					wanted[i].Replicas = replicas
				}
			}
			return a.applyTopics(cmd.Context(), conn, wanted, dryRun)
		},
	}
	cmd.Flags().StringVar(&group, "group", "", "only the topics that this group `NAME` needs")
	cmd.Flags().StringSliceVar(&events, "events", nil, "the `TYPES` that the group handles, if services.yaml does not say it")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "create nothing, only report")
	cmd.Flags().IntVar(&replicas, "replicas", 0, "replication factor of all topics instead of the contracts', for development clusters")
	return cmd
}

// wantedBy are the topics that one group needs. What it handles is what services.yaml says
// of it, or what is given for a group that is not there, such as one of a service in
// another repository.
func wantedBy(cat *catalog.Catalog, group string, events []string) ([]topicplan.Topic, error) {
	_, own, listed := cat.Group(group)
	switch {
	case listed && len(events) > 0:
		return nil, usagef("group %q is in services.yaml, which says what it handles: leave out --events", group)
	case !listed && len(events) == 0:
		return nil, usagef("group %q is not in services.yaml: give --events with the types that it handles", group)
	case !listed:
		var problems []catalog.Problem
		if own, problems = cat.Unlisted(group, events); len(problems) > 0 {
			return nil, usagef("%s: %s", problems[0].Problem, problems[0].Fix)
		}
	}
	return cat.WantedBy(own), nil
}

// applyTopics creates what is missing, and shows how everything else differs. Topics
// are created independently of each other: one that fails is in the table with its
// error, and makes the exit code 1, and the others exist.
func (a *app) applyTopics(ctx context.Context, conn connection, wanted []topicplan.Topic, dryRun bool) error {
	admin, err := conn.session.Admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	cluster, err := topicsync.Ask(ctx, admin, wanted)
	if err != nil {
		return err
	}
	if !cluster.SettingsKnown {
		conn.note("the cluster does not tell settings of topics: only partitions and replicas are compared")
	}
	for _, w := range wanted {
		if w.Replicas > cluster.Brokers {
			conn.note(fmt.Sprintf("the contracts want %s and the cluster has %s: on a development cluster give --replicas %d",
				terminal.Count(w.Replicas, "replica"), terminal.Count(cluster.Brokers, "broker"), cluster.Brokers))
			break // one note is enough: topics mostly want the same number
		}
	}
	states := topicsync.Compare(wanted, cluster.Topics)
	if !dryRun {
		if err := topicsync.Create(ctx, admin, states); err != nil {
			return err
		}
	}
	if err := a.printTopics(states, dryRun); err != nil {
		return err
	}
	// A topic whose settings could not be read has an error too, and is not a
	// failure: there was nothing to create.
	if slices.ContainsFunc(states, func(s *topicsync.State) bool { return s.Action == topicsync.Failed }) {
		return errSilent
	}
	return nil
}

// printTopics prints every topic, and a line that sums them up. What differs is not a
// failure: a person may have meant it.
func (a *app) printTopics(states []*topicsync.State, dryRun bool) error {
	if a.json {
		if states == nil {
			states = []*topicsync.State{} // [] in JSON
		}
		return terminal.JSON(a.stdout, states)
	}
	t := a.table("TOPIC", "KIND", "PARTITIONS", "REPLICAS", "ACTION", "")
	counts := map[topicsync.Action]int{}
	for _, s := range states {
		counts[s.Action]++
		var notes []string
		for _, d := range s.Differences {
			notes = append(notes, fmt.Sprintf("%s is %s, the contract says %s", d.Setting, d.Have, d.Want))
		}
		if s.Error != "" {
			notes = append(notes, s.Error)
		}
		t.Add(s.Name, string(s.Kind), fmt.Sprint(s.Partitions), fmt.Sprint(s.Replicas), string(s.Action), strings.Join(notes, "; "))
	}
	if err := t.Print(a.stdout); err != nil {
		return err
	}
	done := fmt.Sprintf("%d created", counts[topicsync.Created])
	if dryRun {
		done = fmt.Sprintf("dry run: %d to create", counts[topicsync.Missing])
	}
	_, err := fmt.Fprintf(a.stdout, "%s, %d as declared, %d different, %d failed\n", done, counts[topicsync.Exists], counts[topicsync.Differs], counts[topicsync.Failed])
	return err
}
