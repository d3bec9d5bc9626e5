//go:build kafka

package security_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/cli"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// eventctl runs a command in this repository, with these variables alone.
func eventctl(t *testing.T, vars map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, problems bytes.Buffer
	code = cli.Run(ctx, cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems, Dir: root, Getenv: func(key string) string { return vars[key] },
	}, args)
	return code, out.String(), problems.String()
}

// varsOf are the variables of a principal with a token.
func varsOf(principal string) map[string]string {
	return map[string]string{
		"KAFKA_BROKERS": secured.SASL[0], "KAFKA_TLS_CA": secured.CAFile,
		"KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_SASL_TOKEN": tokenOf(principal, time.Hour).Value,
	}
}

const todoJSON = `{"todo_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", "user_id": "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", "title": "Buy milk"}`

// It runs beside no other test: what takes it longest is to compile contracts.
func TestEventctlSaysWhatIsMissingWithinTenSeconds(t *testing.T) {
	stranger := filepath.Join(t.TempDir(), "not-jwt")
	if err := os.WriteFile(stranger, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	scrammed := map[string]string{
		"KAFKA_BROKERS": secured.SASL[0], "KAFKA_TLS_CA": secured.CAFile,
		"KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_SASL_USER": secured.User, "KAFKA_SASL_PASSWORD": "not " + secured.Password,
	}
	fileless := varsOf("x")
	delete(fileless, "KAFKA_SASL_TOKEN")
	fileless["KAFKA_SASL_TOKEN_FILE"] = stranger
	for _, row := range []struct {
		name string
		vars map[string]string
		args []string
		want string
	}{
		{"wrong password, tail", scrammed, []string{"tail", topic}, `--sasl-mechanism: the cluster refuses user "alice" by SCRAM-SHA-512`},
		{"wrong password, publish", scrammed, []string{"publish", "TodoCreated", "--major", "1", todoJSON}, `--sasl-mechanism: the cluster refuses user "alice" by SCRAM-SHA-512`},
		{"wrong password, topics", scrammed, []string{"topics", "apply", "--dry-run"}, `--sasl-mechanism: the cluster refuses user "alice" by SCRAM-SHA-512`},
		{"expired certificate", map[string]string{"KAFKA_BROKERS": secured.TLS["expired"][0], "KAFKA_TLS_CA": secured.CAFile}, []string{"dlq", "list"}, "--tls: the certificate of broker " + secured.TLS["expired"][0] + " is valid from "},
		{"a file without token", fileless, []string{"tail", topic}, "eventctl: get a token: KAFKA_SASL_TOKEN_FILE: the token in " + stranger + ": not a JWT"},
		{"no READ", varsOf("tails-nothing"), []string{"tail", topic}, `eventctl: topic "todos": no right to read: grant READ on it to User:tails-nothing`},
		{"no WRITE", varsOf("sends-nothing"), []string{"publish", "TodoCreated", "--major", "1", todoJSON}, `eventctl: publish TodoCreated: topic "todos": no right to write: grant WRITE on it to User:sends-nothing`},
		{"no CREATE", varsOf("creates-nothing"), []string{"topics", "apply", "--replicas", "1"}, `no right to create: grant CREATE on it to User:creates-nothing`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			code, stdout, stderr := eventctl(t, row.vars, row.args...)
			if code == 0 {
				t.Fatalf("it succeeded: %s", stdout)
			}
			told(t, fmt.Errorf("%s%s", stdout, stderr), nil, began, row.want) //nolint:err113 // what was printed
		})
	}
}

func TestEventctlWithTheLeastRights(t *testing.T) {
	t.Parallel()
	const principal = "User:operates"
	allowTopic(t, principal, topic, read, write)
	if code, stdout, stderr := eventctl(t, varsOf("operates"), "publish", "TodoCreated", "--major", "1", todoJSON); code != 0 {
		t.Errorf("publish: %s%s", stdout, stderr)
	}
	code, stdout, stderr := eventctl(t, varsOf("operates"), "tail", topic, "--all")
	if code != 0 || !strings.Contains(stdout, "75c3a7cf-305a-4632-99f7-e2a7eeb089cb") {
		t.Errorf("tail: %s%s", stdout, stderr)
	}
	// A context that gets its token from a program.
	dir := t.TempDir()
	config := fmt.Sprintf("current: test\ncontexts:\n  test:\n    brokers: [%q]\n    tls: {ca: %q}\n    sasl: {mechanism: OAUTHBEARER, token_command: [echo, %q]}\n",
		secured.SASL[0], secured.CAFile, tokenOf("operates", time.Hour).Value)
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = eventctl(t, map[string]string{"EVENTCTL_CONFIG": file}, "tail", topic, "--all")
	if code != 0 || !strings.Contains(stdout, "75c3a7cf-305a-4632-99f7-e2a7eeb089cb") {
		t.Errorf("tail by a context: %s%s", stdout, stderr)
	}
}

// The command's other rights are those of the table in docs/security.md too.
func TestEventctlDeadLettersAndTopicsWithTheLeastRights(t *testing.T) {
	t.Parallel()
	const principal, group = "User:redrives", "operated"
	dead, redrive := groupTopics(t, group)
	allowTopic(t, principal, dead, read)
	allowTopic(t, principal, redrive, write)
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: cluster.Brokers()}, Group: group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			return eventbus.Permanent(errors.New("not today"))
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, c)
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: cluster.Brokers()}, Source: "test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.Publish(ctx, todo()); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	until(t, func() bool { return c.Stats().Dead[event.ReasonPermanent] > 0 })
	stop()
	vars := varsOf("redrives")
	if code, stdout, stderr := eventctl(t, vars, "dlq", "list"); code != 0 || !strings.Contains(stdout, dead) {
		t.Errorf("dlq list: %s%s", stdout, stderr)
	}
	if code, stdout, stderr := eventctl(t, vars, "dlq", "redrive", dead, "--execute", "--reason", "a test"); code != 0 {
		t.Errorf("dlq redrive: %s%s", stdout, stderr)
	}
	allow(t, kadm.NewACLs().Clusters(), "User:applies", kadm.OpCreate)
	allowTopic(t, "User:applies", topic, kadm.OpDescribe, kadm.OpDescribeConfigs)
	if code, stdout, stderr := eventctl(t, varsOf("applies"), "topics", "apply", "--replicas", "1"); code != 0 {
		t.Errorf("topics apply: %s%s", stdout, stderr)
	}
}
