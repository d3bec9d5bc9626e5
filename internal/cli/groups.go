package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/groups"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func (a *app) groupsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "groups",
		Short: "Look at consumer groups, and set where one begins",
		Long: `A consumer group remembers for each partition which record is the next one to
handle. Describe shows it beside what the topics hold; reset sets it, for a
group that nobody is in.`,
		Example: `  eventctl groups list
  eventctl groups describe notifier
  eventctl groups reset notifier --to latest`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.addKafkaFlags(cmd)
	cmd.AddCommand(a.groupsListCmd(), a.groupsDescribeCmd(), a.groupsResetCmd())
	return cmd
}

// groupLine is a group in the list.
type groupLine struct {
	Group   string `json:"group"`
	State   string `json:"state"`
	Members int    `json:"members"`
	Service string `json:"service,omitempty"` // whose it is, by services.yaml
}

// absent is the state of a group that services.yaml names and the cluster has not seen:
// none of its consumers has been in it.
const absent = "absent"

func (a *app) groupsListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the consumer groups of a cluster and of services.yaml",
		Long: `List shows each group with its state in Kafka's words and the number of its
members: Stable has some, Empty has commits alone. A group of services.yaml that
the cluster has not seen is absent. Groups that this user may not describe are
not shown by Kafka.`,
		Example: `  eventctl groups list
  eventctl groups list --json | jq -r '.[] | select(.members == 0) | .group'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listGroups(cmd.Context()) },
	}
}

func (a *app) listGroups(ctx context.Context) error {
	conn, err := a.connection()
	if err != nil {
		return err
	}
	cat, err := a.catalogIfAny(ctx)
	if err != nil {
		return err
	}
	admin, err := conn.session.Admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	names, err := groups.List(ctx, admin)
	if err != nil {
		return err
	}
	all, err := groups.Describe(ctx, admin, names...)
	if err != nil {
		return err
	}
	services := map[string]string{}
	if cat != nil {
		for _, s := range cat.Services {
			for _, g := range s.Groups {
				services[g.Name] = s.Name
			}
		}
	}
	lines := []groupLine{}
	for _, g := range all {
		lines = append(lines, groupLine{Group: g.Name, State: g.State, Members: len(g.Members), Service: services[g.Name]})
		delete(services, g.Name)
	}
	for name, service := range services {
		lines = append(lines, groupLine{Group: name, State: absent, Service: service})
	}
	slices.SortFunc(lines, func(a, b groupLine) int { return strings.Compare(a.Group, b.Group) })
	if a.json {
		return terminal.JSON(a.stdout, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(a.stdout, "the cluster does not show any consumer groups to this user: DESCRIBE on them is needed to see them")
		return err
	}
	t := a.table("GROUP", "STATE", "MEMBERS", "SERVICE")
	for _, l := range lines {
		t.Add(l.Group, l.State, fmt.Sprint(l.Members), l.Service)
	}
	return t.Print(a.stdout)
}

// catalogIfAny is the contracts, nil where there are none: a cluster can be looked at
// without a checkout. Contracts that are wrong are an error.
func (a *app) catalogIfAny(ctx context.Context) (*catalog.Catalog, error) {
	cat, err := a.load(ctx)
	if errors.Is(err, contractrepo.ErrNone) {
		return nil, nil
	}
	return cat, err
}

// groupView is what describe prints.
type groupView struct {
	groups.Group

	Service    string         `json:"service,omitempty"`
	Lag        int64          `json:"lag"`
	Partitions []groups.Place `json:"partitions"`
}

func (a *app) groupsDescribeCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "describe GROUP",
		Short: "Show who is in a group, and how far it has read",
		Long: `Describe shows the members of a group and, for each partition that it has read
or should read by services.yaml, the committed offset beside the first and the
last of the log. LAG counts offsets: where transactions or compaction leave
holes, there are fewer records. Without a commit it counts from the log's start.`,
		Example: `  eventctl groups describe notifier
  eventctl groups describe notifier --json | jq .lag`,
		Args: exactly("GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.describeGroup(cmd.Context(), args[0]) },
	}
}

func (a *app) describeGroup(ctx context.Context, name string) error {
	conn, err := a.connection()
	if err != nil {
		return err
	}
	cat, err := a.catalogIfAny(ctx)
	if err != nil {
		return err
	}
	admin, err := conn.session.Admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	g, err := a.group(ctx, admin, cat, name)
	if err != nil {
		return err
	}
	view := groupView{Group: g, Partitions: []groups.Place{}}
	var topics []string
	if cat != nil {
		service, own, _ := cat.Group(name)
		view.Service, topics = service.Name, groupTopics(cat, own)
	}
	places, err := groups.Places(ctx, admin, g, existing(admin, topics))
	if err != nil {
		return err
	}
	for _, p := range places {
		view.Lag += p.Lag
	}
	view.Partitions = append(view.Partitions, places...)
	if !g.Known() {
		view.State = absent
	}
	if a.json {
		return terminal.JSON(a.stdout, view)
	}
	return a.printGroup(view)
}

func (a *app) printGroup(v groupView) error {
	var members []string
	for _, m := range v.Members {
		members = append(members, fmt.Sprintf("%s on %s", m.Client, m.Host))
	}
	if err := terminal.FieldsWithin(a.stdout, a.width, [][2]string{
		{"group", v.Name},
		{"state", v.State},
		{"service", v.Service},
		{"members", strings.Join(members, ", ")},
		{"lag", fmt.Sprint(v.Lag)},
	}); err != nil || len(v.Partitions) == 0 {
		return err
	}
	fmt.Fprintln(a.stdout)
	t := a.table("TOPIC", "PARTITION", "COMMITTED", "START", "END", "LAG", "CLIENT", "LAST RESET")
	for _, p := range v.Partitions {
		t.Add(p.Topic, fmt.Sprint(p.Partition), committedText(p), fmt.Sprint(p.Start), fmt.Sprint(p.End), fmt.Sprint(p.Lag), p.Member, p.LastReset)
	}
	return t.Print(a.stdout)
}

func committedText(p groups.Place) string {
	if p.Committed == nil {
		return "-"
	}
	return fmt.Sprint(*p.Committed)
}

// group describes one group, which the cluster or services.yaml has to know: a name that
// is misspelt would look like a group that has read nothing.
func (a *app) group(ctx context.Context, admin *kafkaclient.Admin, cat *catalog.Catalog, name string) (groups.Group, error) {
	all, err := groups.Describe(ctx, admin, name)
	if err != nil {
		return groups.Group{}, err
	}
	g := all[0]
	if g.Known() {
		return g, nil
	}
	known, err := groups.List(ctx, admin)
	if err != nil {
		return g, err
	}
	if cat != nil {
		for _, s := range cat.Services {
			for _, own := range s.Groups {
				if own.Name == name {
					return g, nil
				}
				known = append(known, own.Name)
			}
		}
	}
	if near := suggest.Near(name, known); len(near) > 0 {
		return g, fmt.Errorf("group %q is unknown: did you mean %s?", name, strings.Join(near, " or "))
	}
	return g, fmt.Errorf("group %q is unknown to the cluster and to services.yaml (eventctl groups list shows all)", name)
}

// groupTopics are the topics that a group reads by services.yaml, with its redrive
// topics.
func groupTopics(cat *catalog.Catalog, g catalog.Group) []string {
	var out []string
	for _, t := range cat.TopicsOf(g) {
		out = append(out, t.Name, event.RedriveTopic(t.Name, g.Name))
	}
	return out
}

// existing leaves out topics that the cluster does not have yet: there is nothing to
// read in them. Whether the cluster answers, the next question finds out.
func existing(admin *kafkaclient.Admin, topics []string) []string {
	md, err := admin.Metadata()
	if err != nil {
		return topics
	}
	return slices.DeleteFunc(topics, func(t string) bool {
		_, ok := md.Topics[t]
		return !ok
	})
}
