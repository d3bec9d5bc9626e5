package diagnose

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Resource is a kind of what ACLs protect.
type Resource string

// The kinds that clients of ours use.
const (
	Topic           Resource = "topic"
	Group           Resource = "group"
	TransactionalID Resource = "transactional id"
	Cluster         Resource = "cluster" // it has no name
)

// Right is what an ACL must allow.
type Right struct {
	Operation kafka.ACLOperation
	Resource  Resource
	Name      string // or several, separated by commas
}

// Missing is the error of a right that the client does not have. cause may be
// nil.
func (c Client) Missing(r Right, cause error) error {
	return &missing{right: r, principal: c.Principal(), cause: cause}
}

type missing struct {
	right     Right
	principal string
	cause     error
}

func (m *missing) Error() string {
	op := strings.ToUpper(m.right.Operation.String())
	who, principal := "this service's principal", "User:NAME"
	if m.principal != "" {
		who, principal = m.principal, m.principal
	}
	on := "it"
	what, option := string(m.right.Resource), "--"+strings.ReplaceAll(string(m.right.Resource), " ", "-")
	if m.right.Name != "" {
		var named, options []string
		for name := range strings.SplitSeq(m.right.Name, ",") {
			named, options = append(named, strconv.Quote(name)), append(options, option+" "+shellWord(name))
		}
		if len(named) > 1 {
			what, on = what+"s", "them"
		}
		what, option = what+" "+strings.Join(named, ", "), strings.Join(options, " ")
	}
	text := fmt.Sprintf("%s: no right to %s: grant %s on %s to %s, such as with kafka-acls.sh --add --allow-principal %s --operation %s %s",
		what, strings.ToLower(op), op, on, who, shellWord(principal), op, option)
	if m.cause != nil {
		text += ": " + m.cause.Error()
	}
	return text
}

func (m *missing) Unwrap() error { return m.cause }

// Denied explains err if it is a missing right: op on topic or as group, of
// which one may be "". Other errors it returns as they are.
func (c Client) Denied(err error, op kafka.ACLOperation, topic, group string) error {
	var ke kafka.Error
	if !errors.As(err, &ke) || errors.As(err, new(*missing)) {
		return err
	}
	switch ke.Code() {
	case kafka.ErrTopicAuthorizationFailed:
		return c.Missing(Right{op, Topic, topic}, err)
	case kafka.ErrGroupAuthorizationFailed:
		return c.Missing(Right{kafka.ACLOperationRead, Group, group}, err)
	case kafka.ErrTransactionalIDAuthorizationFailed:
		return c.Missing(Right{kafka.ACLOperationWrite, TransactionalID, "*"}, err)
	case kafka.ErrClusterAuthorizationFailed:
		if op == kafka.ACLOperationWrite {
			// A producer's first request; Kafka allows it to whoever may write to
			// any topic (KIP-679).
			return c.Missing(Right{op, Topic, topic}, fmt.Errorf("producers are idempotent (before Kafka 2.8 they need IDEMPOTENT_WRITE on the cluster, with MSK's IAM WriteDataIdempotently): %w", err))
		}
		return c.Missing(Right{op, Cluster, ""}, err)
	}
	return err
}
