//go:build kafka

package security_test

import (
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

const topic = "todos"

// cluster is one broker for all tests. Each test has principals of its own.
var (
	cluster *kafkatest.Cluster
	secured *kafkatest.Security
	admin   *kadm.Client // the super user's
)

func TestMain(m *testing.M) {
	if text := os.Getenv(canaryVariable); text != "" {
		sing(text)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// The tests wait for clients that retry; they need no processor each.
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c, err := kafkatest.New(kafkatest.Secured(),
		// Tokens have to be renewed: the broker ends what lives longer (KIP-368).
		kafkatest.Property("listener.name.sasl.oauthbearer.connections.max.reauth.ms", "8000"),
		kafkatest.Listener("expired", kafkatest.Certificate{Name: "localhost", Hosts: []string{"127.0.0.1"}, Expired: true}),
		kafkatest.Listener("elsewhere", kafkatest.Certificate{Name: "kafka.example.com", Hosts: []string{"kafka.example.com"}}),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = c.Close() }() // it is of no further use
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer client.Close()
	cluster, secured, admin = c, c.Secured(), kadm.NewClient(client)
	if err := makeTopics(topic); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func makeTopics(names ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	res, err := admin.CreateTopics(ctx, 1, 1, nil, names...)
	if err != nil {
		return fmt.Errorf("create topics %v: %w", names, err)
	}
	if err := res.Error(); err != nil {
		return fmt.Errorf("create topics %v: %w", names, err)
	}
	return nil
}

// groupTopics makes the topics of a group, and returns their names.
func groupTopics(t *testing.T, group string) (dead, redrive string) {
	t.Helper()
	dead, redrive = event.DeadLetterTopic(topic, group), event.RedriveTopic(topic, group)
	if err := makeTopics(dead, redrive); err != nil {
		t.Fatal(err)
	}
	return dead, redrive
}

// allow grants rights on b's resource.
func allow(t *testing.T, b *kadm.ACLBuilder, principal string, ops ...kadm.ACLOperation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b = b.Allow(principal).AllowHosts("*").Operations(ops...).ResourcePatternType(kadm.ACLPatternLiteral)
	res, err := admin.CreateACLs(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	awaitACLs(t, b, len(ops))
}

// disallow takes rights on b's resource away.
func disallow(t *testing.T, b *kadm.ACLBuilder, principal string, ops ...kadm.ACLOperation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b = b.Allow(principal).AllowHosts("*").Operations(ops...).ResourcePatternType(kadm.ACLPatternLiteral)
	if _, err := admin.DeleteACLs(ctx, b); err != nil {
		t.Fatal(err)
	}
	awaitACLs(t, b, 0)
}

// awaitACLs waits until the broker, and not only its controller, knows n ACLs.
func awaitACLs(t *testing.T, b *kadm.ACLBuilder, n int) {
	t.Helper()
	until(t, func() bool {
		res, err := admin.DescribeACLs(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, r := range res {
			found += len(r.Described)
		}
		return found == n
	})
}

func allowTopic(t *testing.T, principal, name string, ops ...kadm.ACLOperation) {
	t.Helper()
	allow(t, kadm.NewACLs().Topics(name), principal, ops...)
}

func allowGroup(t *testing.T, principal, name string, ops ...kadm.ACLOperation) {
	t.Helper()
	allow(t, kadm.NewACLs().Groups(name), principal, ops...)
}

// The operations by their short names.
const (
	read     = kadm.OpRead
	write    = kadm.OpWrite
	describe = kadm.OpDescribe
)

// tokenOf is an unsecured token, as this cluster trusts them.
func tokenOf(principal string, life time.Duration) kafkaconn.Token {
	now := time.Now()
	expires := now.Add(life)
	claims := fmt.Sprintf(`{"sub":%q,"iat":%.3f,"exp":%.3f}`, principal, float64(now.UnixMilli())/1000, float64(expires.UnixMilli())/1000)
	part := base64.RawURLEncoding.EncodeToString
	return kafkaconn.Token{
		Value: part([]byte(`{"alg":"none"}`)) + "." + part([]byte(claims)) + ".", Expires: expires, Principal: principal,
	}
}

// bearer authenticates as principal by tokens.
func bearer(principal string) *kafkaconn.SASL {
	return &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
		return tokenOf(principal, time.Hour), nil
	}}
}

func scram() *kafkaconn.SASL { return password("SCRAM-SHA-512") }

// password authenticates by the user's password.
func password(mechanism string) *kafkaconn.SASL {
	return &kafkaconn.SASL{Mechanism: mechanism, Username: secured.User, Password: secured.Password}
}

func trust() *kafkaconn.TLS { return &kafkaconn.TLS{CAFile: secured.CAFile} }

// clientCertificate makes one of the cluster's own authority, or of another.
func clientCertificate(t *testing.T, ca *kafkatest.Authority, c kafkatest.Certificate) *kafkaconn.TLS {
	t.Helper()
	dir := t.TempDir()
	out := &kafkaconn.TLS{CAFile: secured.CAFile, CertFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client.key")}
	if err := ca.WritePair(out.CertFile, out.KeyFile, c); err != nil {
		t.Fatal(err)
	}
	return out
}

// todo is of version 1, as all events of these tests: readers of it wait at a
// version 2 of their key.
func todo() *todov1.TodoCreated {
	return &todov1.TodoCreated{TodoId: uuid.NewString(), UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", Title: "Buy milk"}
}
