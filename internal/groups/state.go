package groups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Group is a consumer group as its coordinator describes it. The JSON names are those of
// --json, here and below.
type Group struct {
	Name    string   `json:"group"`
	State   string   `json:"state"` // in Kafka's words: Stable, Empty, Dead and so on
	Members []Member `json:"members"`
}

// Member is one consumer of a group.
type Member struct {
	Client string `json:"client"` // client.id
	Host   string `json:"host"`
	ID     string `json:"member"`

	// InstanceID is group.instance.id of a static member.
	InstanceID string `json:"instance,omitempty"`

	assigned []kafka.TopicPartition
}

// Known reports whether the cluster has the group: one that was never there, or of which
// nothing is left, is Dead (KIP-848 has an error for it).
func (g Group) Known() bool { return g.State != kafka.ConsumerGroupStateDead.String() }

// Active reports whether somebody is in the group.
func (g Group) Active() bool { return len(g.Members) > 0 }

// List names all groups that this client may see, in order.
func List(ctx context.Context, admin *kafkaclient.Admin) ([]string, error) {
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	res, err := admin.ListConsumerGroups(bounded)
	if err != nil {
		return nil, admin.Failed("list consumer groups", err)
	}
	if len(res.Errors) > 0 { // of single brokers: the list would look complete
		return nil, admin.Failed("list consumer groups", errors.Join(res.Errors...))
	}
	var out []string
	for _, g := range res.Valid {
		out = append(out, g.GroupID)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Describe asks the coordinators of groups, in the order of names.
func Describe(ctx context.Context, admin *kafkaclient.Admin, names ...string) ([]Group, error) {
	if len(names) == 0 {
		return nil, nil
	}
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	res, err := admin.DescribeConsumerGroups(bounded, names)
	if err != nil {
		return nil, admin.Failed("describe consumer groups", err)
	}
	by := map[string]Group{}
	for _, d := range res.ConsumerGroupDescriptions {
		g := Group{Name: d.GroupID, State: d.State.String(), Members: []Member{}}
		switch d.Error.Code() {
		case kafka.ErrNoError:
		case kafka.ErrGroupIDNotFound: // KIP-848 and KIP-1043 say it by an error
			g.State = kafka.ConsumerGroupStateDead.String()
		default:
			return nil, denied(admin, "describe", d.GroupID, d.Error)
		}
		for _, m := range d.Members {
			g.Members = append(g.Members, Member{Client: m.ClientID, Host: strings.TrimPrefix(m.Host, "/"), ID: m.ConsumerID, InstanceID: m.GroupInstanceID, assigned: m.Assignment.TopicPartitions})
		}
		slices.SortFunc(g.Members, func(a, b Member) int {
			return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.ID, b.ID))
		})
		by[g.Name] = g
	}
	var out []Group
	for _, name := range names {
		g, ok := by[name]
		if !ok {
			return nil, fmt.Errorf("describe consumer group %q: the cluster did not answer for it", name)
		}
		out = append(out, g)
	}
	return out, nil
}

// denied explains a right on a group that is missing, and other errors as they are.
func denied(admin *kafkaclient.Admin, doing, group string, err error) error {
	var ke kafka.Error
	if errors.As(err, &ke) && ke.Code() == kafka.ErrGroupAuthorizationFailed {
		op := kafka.ACLOperationDescribe
		if doing == "reset" {
			op = kafka.ACLOperationRead
		}
		return admin.Cluster.Identity().Missing(diagnose.Right{Operation: op, Resource: diagnose.Group, Name: group}, err)
	}
	return admin.Failed(fmt.Sprintf("%s consumer group %q", doing, group), err)
}
