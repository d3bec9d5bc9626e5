package diagnose_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/diagnose"
)

func TestMissingRightsAreNamed(t *testing.T) {
	t.Parallel()
	alice := diagnose.Client{TLS: true, Mechanism: "SCRAM-SHA-512", User: "alice"}
	for _, row := range []struct {
		name   string
		client diagnose.Client
		code   kafka.ErrorCode
		op     kafka.ACLOperation
		want   string
	}{
		{
			"a topic", alice, kafka.ErrTopicAuthorizationFailed, kafka.ACLOperationWrite,
			`topic "todos": no right to write: grant WRITE on it to User:alice, such as with kafka-acls.sh --add --allow-principal User:alice --operation WRITE --topic todos: x`,
		},
		{
			"a group", alice, kafka.ErrGroupAuthorizationFailed, kafka.ACLOperationRead,
			`group "notifier": no right to read: grant READ on it to User:alice, such as with kafka-acls.sh --add --allow-principal User:alice --operation READ --group notifier: x`,
		},
		{
			"a transactional id", alice, kafka.ErrTransactionalIDAuthorizationFailed, kafka.ACLOperationWrite,
			`transactional id "*": no right to write: grant WRITE on it to User:alice, such as with kafka-acls.sh --add --allow-principal User:alice --operation WRITE --transactional-id '*': x`,
		},
		{
			"an idempotent producer", alice, kafka.ErrClusterAuthorizationFailed, kafka.ACLOperationWrite,
			`topic "todos": no right to write: grant WRITE on it to User:alice, such as with kafka-acls.sh --add --allow-principal User:alice --operation WRITE --topic todos: ` +
				`producers are idempotent (before Kafka 2.8 they need IDEMPOTENT_WRITE on the cluster, with MSK's IAM WriteDataIdempotently): x`,
		},
		{
			"the cluster", alice, kafka.ErrClusterAuthorizationFailed, kafka.ACLOperationCreate,
			`cluster: no right to create: grant CREATE on it to User:alice, such as with kafka-acls.sh --add --allow-principal User:alice --operation CREATE --cluster: x`,
		},
		{
			"a name for the shell",
			diagnose.Client{Mechanism: "PLAIN", User: "o'neil & co"},
			kafka.ErrTopicAuthorizationFailed, kafka.ACLOperationRead,
			`topic "todos": no right to read: grant READ on it to User:o'neil & co, such as with kafka-acls.sh --add --allow-principal 'User:o'\''neil & co' --operation READ --topic todos: x`,
		},
		{
			"a client whose principal nobody knows",
			diagnose.Client{Mechanism: "OAUTHBEARER", Token: func() string { return "" }},
			kafka.ErrTopicAuthorizationFailed, kafka.ACLOperationRead,
			`topic "todos": no right to read: grant READ on it to this service's principal, such as with kafka-acls.sh --add --allow-principal User:NAME --operation READ --topic todos: x`,
		},
		{
			"a client without credentials",
			diagnose.Client{},
			kafka.ErrTopicAuthorizationFailed, kafka.ACLOperationRead,
			`topic "todos": no right to read: grant READ on it to User:ANONYMOUS, such as with kafka-acls.sh --add --allow-principal User:ANONYMOUS --operation READ --topic todos: x`,
		},
		{"something else", alice, kafka.ErrMsgSizeTooLarge, kafka.ACLOperationWrite, "x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cause := kafka.NewError(row.code, "x", false)
			err := row.client.Denied(cause, row.op, "todos", "notifier")
			if err.Error() != row.want {
				t.Errorf("got  %s\nwant %s", err, row.want)
			}
			var ke kafka.Error
			if !errors.As(err, &ke) || ke.Code() != row.code {
				t.Errorf("%v does not wrap the client's error", err)
			}
			// It is explained once, however many see it.
			if again := row.client.Denied(fmt.Errorf("again: %w", err), row.op, "todos", "notifier"); again.Error() != "again: "+row.want {
				t.Errorf("the second time it is %v", again)
			}
		})
	}
	if err := alice.Denied(errors.New("x"), kafka.ACLOperationRead, "todos", ""); err.Error() != "x" {
		t.Errorf("an error of something else became %v", err)
	}
	several := alice.Denied(kafka.NewError(kafka.ErrTopicAuthorizationFailed, "no", false), kafka.ACLOperationRead, "todos,todos.notifier.redrive", "notifier")
	for _, want := range []string{`topics "todos", "todos.notifier.redrive": no right to read: grant READ on them to`, "--topic todos --topic todos.notifier.redrive: no"} {
		if !strings.Contains(several.Error(), want) {
			t.Errorf("%v does not say %q", several, want)
		}
	}
}
