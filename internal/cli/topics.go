package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

func (a *app) topicsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "topics",
		Short: "Create the topics that contracts and groups need",
		Args:  exactly(),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a.addKafkaFlags(cmd)
	cmd.AddCommand(a.topicsApplyCmd())
	return cmd
}

func (a *app) topicsApplyCmd() *cobra.Command {
	var (
		dryRun   bool
		replicas int
	)
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Create missing topics and report how existing ones differ",
		Long: `Apply creates each declared topic and, for each group of services.yaml that reads
it, the group's dead-letter and redrive topic. A topic that exists is never
changed: what differs from the contract is reported, for you to decide.
--dry-run only reports.`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("replicas") && replicas < 1 {
				return usagef("--replicas %d: give at least 1", replicas)
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
			for i := range wanted {
				if replicas > 0 {
					wanted[i].Replicas = replicas
				}
			}
			return a.applyTopics(cmd.Context(), conn, wanted, dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "create nothing, only report")
	cmd.Flags().IntVar(&replicas, "replicas", 0, "replication factor of all topics instead of the contracts', for development clusters")
	return cmd
}

// What is done about a topic.
const (
	actionCreate  = "create" // would be created
	actionCreated = "created"
	actionFailed  = "failed"
	actionNone    = "exists"
	actionDiffers = "differs"
)

// topicState is a wanted topic beside what the cluster has.
type topicState struct {
	topicplan.Topic

	Action      string       `json:"action"`
	Differences []difference `json:"differences,omitempty"`
	Error       string       `json:"error,omitempty"`
}

// difference is one setting of an existing topic.
type difference struct {
	Setting string `json:"setting"`
	Have    string `json:"have"`
	Want    string `json:"want"`
}

func (a *app) applyTopics(ctx context.Context, conn connection, wanted []topicplan.Topic, dryRun bool) error {
	admin, err := conn.admin(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	md, err := admin.GetMetadata(nil, true, int(conn.timeout.Milliseconds()))
	if err != nil {
		return conn.failed("list topics", err)
	}
	states, err := conn.compareTopics(ctx, admin, md, wanted)
	if err != nil {
		return err
	}
	for _, w := range wanted {
		if w.Replicas > len(md.Brokers) {
			conn.note(fmt.Sprintf("the contracts want %s and the cluster has %s: on a development cluster give --replicas %d",
				terminal.Count(w.Replicas, "replica"), terminal.Count(len(md.Brokers), "broker"), len(md.Brokers)))
			break
		}
	}
	if !dryRun {
		if err := conn.createTopics(ctx, admin, states); err != nil {
			return err
		}
	}
	if err := a.printTopics(states, dryRun); err != nil {
		return err
	}
	if slices.ContainsFunc(states, func(s *topicState) bool { return s.Action == actionFailed }) {
		return errSilent
	}
	return nil
}

func (c connection) compareTopics(ctx context.Context, admin *adminClient, md *kafka.Metadata, wanted []topicplan.Topic) ([]*topicState, error) {
	var states []*topicState
	var ask []kafka.ConfigResource
	for _, w := range wanted {
		s := &topicState{Topic: w, Action: actionCreate}
		states = append(states, s)
		t, ok := md.Topics[w.Name]
		if !ok {
			continue
		}
		s.Action = actionNone
		s.differ("partitions", fmt.Sprint(len(t.Partitions)), fmt.Sprint(w.Partitions))
		if len(t.Partitions) > 0 {
			s.differ("replicas", fmt.Sprint(len(t.Partitions[0].Replicas)), fmt.Sprint(w.Replicas))
		}
		ask = append(ask, kafka.ConfigResource{Type: kafka.ResourceTopic, Name: w.Name})
	}
	if len(ask) == 0 {
		return states, nil
	}
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	results, err := admin.DescribeConfigs(bounded, ask)
	if refused := (kafka.Error{}); errors.As(err, &refused) && refused.Code() == kafka.ErrUnsupportedFeature {
		c.note("the cluster tells no topic's settings: only partitions and replicas are compared")
		return states, nil
	}
	if err != nil {
		return nil, c.failed("read topic settings", err)
	}
	have := map[string]kafka.ConfigResourceResult{}
	for _, r := range results {
		have[r.Name] = r
	}
	for _, s := range states {
		if s.Action == actionCreate {
			continue
		}
		r := have[s.Name]
		if r.Error.Code() != kafka.ErrNoError {
			s.Error = fmt.Sprintf("its settings cannot be read: %v", r.Error)
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(s.Config)) {
			s.differ(key, r.Config[key].Value, s.Config[key])
		}
	}
	return states, nil
}

func (s *topicState) differ(setting, have, want string) {
	if have != want {
		s.Action = actionDiffers
		s.Differences = append(s.Differences, difference{Setting: setting, Have: have, Want: want})
	}
}

func (c connection) createTopics(ctx context.Context, admin *adminClient, states []*topicState) error {
	var specs []kafka.TopicSpecification
	byName := map[string]*topicState{}
	for _, s := range states {
		if s.Action == actionCreate {
			specs = append(specs, kafka.TopicSpecification{Topic: s.Name, NumPartitions: s.Partitions, ReplicationFactor: s.Replicas, Config: s.Config})
			byName[s.Name] = s
		}
	}
	if len(specs) == 0 {
		return nil
	}
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	results, err := admin.CreateTopics(bounded, specs, kafka.SetAdminOperationTimeout(c.timeout))
	if err != nil {
		return c.failed("create topics", err)
	}
	for _, r := range results {
		s := byName[r.Topic]
		switch r.Error.Code() {
		case kafka.ErrNoError:
			s.Action = actionCreated
		case kafka.ErrTopicAlreadyExists: // somebody was faster
			s.Action = actionNone
		case kafka.ErrInvalidReplicationFactor:
			s.Action = actionFailed
			s.Error = fmt.Sprintf("the cluster has fewer than %s: add some, or give --replicas on a development cluster", terminal.Count(s.Replicas, "broker"))
		case kafka.ErrTopicAuthorizationFailed, kafka.ErrClusterAuthorizationFailed:
			s.Action = actionFailed
			s.Error = c.cluster.Identity().Missing(diagnose.Right{Operation: kafka.ACLOperationCreate, Resource: diagnose.Topic, Name: s.Name}, nil).Error()
		default:
			s.Action = actionFailed
			s.Error = r.Error.String()
		}
	}
	return nil
}

func (a *app) printTopics(states []*topicState, dryRun bool) error {
	if a.json {
		if states == nil {
			states = []*topicState{}
		}
		return terminal.JSON(a.stdout, states)
	}
	t := terminal.NewTable("TOPIC", "KIND", "PARTITIONS", "REPLICAS", "ACTION", "")
	counts := map[string]int{}
	for _, s := range states {
		counts[s.Action]++
		var notes []string
		for _, d := range s.Differences {
			notes = append(notes, fmt.Sprintf("%s is %s, the contract says %s", d.Setting, d.Have, d.Want))
		}
		if s.Error != "" {
			notes = append(notes, s.Error)
		}
		t.Add(s.Name, string(s.Kind), fmt.Sprint(s.Partitions), fmt.Sprint(s.Replicas), s.Action, strings.Join(notes, "; "))
	}
	if err := t.Print(a.stdout); err != nil {
		return err
	}
	done := fmt.Sprintf("%d created", counts[actionCreated])
	if dryRun {
		done = fmt.Sprintf("dry run: %d to create", counts[actionCreate])
	}
	_, err := fmt.Fprintf(a.stdout, "%s, %d as declared, %d different, %d failed\n", done, counts[actionNone], counts[actionDiffers], counts[actionFailed])
	return err
}
