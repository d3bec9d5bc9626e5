//go:build kafka

package security_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// limit is within what every refusal must be told.
const limit = 10 * time.Second

// connecting is a way to connect that must be refused.
type connecting struct {
	name    string
	brokers []string
	tls     *kafkaconn.TLS
	sasl    *kafkaconn.SASL
	want    []string
}

func refusals(t *testing.T) []connecting {
	stranger, err := kafkatest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir() + "/other.pem"
	if err := stranger.WriteCA(other); err != nil {
		t.Fatal(err)
	}
	wrong := func(mechanism string) *kafkaconn.SASL {
		s := password(mechanism)
		s.Password = "not " + s.Password
		return s
	}
	nobody := scram()
	nobody.Username = "nobody"
	sasl, mtls := secured.SASL, secured.MTLS
	return []connecting{
		{"wrong password", sasl, trust(), wrong("SCRAM-SHA-512"), []string{`SASL: the cluster refuses user "alice" by SCRAM-SHA-512`, "check user, password"}},
		{"wrong password of SCRAM-SHA-256", secured.Passwords, trust(), wrong("SCRAM-SHA-256"), []string{`SASL: the cluster refuses user "alice" by SCRAM-SHA-256`, "check user, password"}},
		{"wrong password of PLAIN", secured.Passwords, trust(), wrong("PLAIN"), []string{`SASL: the cluster refuses user "alice" by PLAIN`, "check user, password"}},
		{"unknown user", sasl, trust(), nobody, []string{`SASL: the cluster refuses user "nobody" by SCRAM-SHA-512`}},
		{"mechanism that is not enabled", sasl, trust(), &kafkaconn.SASL{Mechanism: "PLAIN", Username: "alice", Password: "x"}, []string{"SASL", "PLAIN"}},
		{"unknown CA", sasl, &kafkaconn.TLS{CAFile: other}, scram(), []string{"TLS.CAFile: the certificate of broker " + sasl[0] + " is not signed by an authority in TLS.CAFile " + other}},
		{"the system's CAs", sasl, &kafkaconn.TLS{}, scram(), []string{"TLS.CAFile: the certificate of broker " + sasl[0] + " is not signed by the system's authorities"}},
		{"expired certificate", secured.TLS["expired"], trust(), nil, []string{"TLS: the certificate of broker " + secured.TLS["expired"][0] + " is valid from ", "renew it"}},
		{"wrong host name", secured.TLS["elsewhere"], trust(), nil, []string{"is for kafka.example.com, not 127.0.0.1"}},
		{"plaintext to TLS", sasl, nil, nil, []string{"TLS: broker " + sasl[0] + " speaks TLS, and the client does not"}},
		{"TLS to plaintext", cluster.Brokers(), trust(), nil, []string{"TLS: broker " + cluster.Brokers()[0] + " does not speak TLS on this port"}},
		{"no SASL where it is needed", sasl, trust(), nil, []string{"SASL: broker " + sasl[0] + " asks for SASL", "SCRAM-SHA-512, OAUTHBEARER"}},
		{"no client certificate", mtls, trust(), nil, []string{"TLS.CertFile: broker " + mtls[0] + " asks for a client certificate"}},
		{"expired client certificate", mtls, clientCertificate(t, secured.CA, kafkatest.Certificate{Name: "late", Expired: true}), nil, []string{"TLS.CertFile: broker " + mtls[0] + " refuses the client certificate of CN=late, valid from "}},
		{"client certificate of a stranger", mtls, clientCertificate(t, stranger, kafkatest.Certificate{Name: "stranger"}), nil, []string{"TLS.CertFile: broker " + mtls[0] + " refuses the client certificate of CN=stranger"}},
		{"refused token", sasl, trust(), &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
			token := tokenOf("forger", time.Hour)
			token.Value = "not-a-jwt"
			return token, nil
		}}, []string{"SASL: the cluster refuses the token of User:forger"}},
		{"wrong OIDC secret", sasl, trust(), strayed(identityProvider(t, "forgets"), func(o *kafkaconn.OIDC) { o.ClientSecret += "x" }), []string{"SASL.OIDC: the identity provider gave no token: check its endpoint, client id, secret and scope"}},
		{"unknown CA of the identity provider", sasl, trust(), strayed(identityProvider(t, "strays"), func(o *kafkaconn.OIDC) { o.CAFile = other }), []string{"SASL.OIDC: the identity provider gave no token"}},
		{"no token", sasl, trust(), &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
			return kafkaconn.Token{}, errors.New("the metadata service is away")
		}}, []string{"SASL.Token: the metadata service is away"}},
		{"expired token", sasl, trust(), &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
			return tokenOf("late", -time.Minute), nil
		}}, []string{"SASL.Token: the token has expired 1m0s ago"}},
	}
}

// strayed changes the OIDC settings of s.
func strayed(s *kafkaconn.SASL, change func(*kafkaconn.OIDC)) *kafkaconn.SASL {
	change(s.OIDC)
	return s
}

func TestAProducerThatMayNotConnectSaysWhyWithinTenSeconds(t *testing.T) {
	t.Parallel()
	for _, row := range refusals(t) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := eventbus.NewProducer(eventbus.ProducerConfig{
				Connection: kafkaconn.Connection{Brokers: row.brokers, TLS: row.tls, SASL: row.sasl}, Source: "test", Logger: slog.New(slog.DiscardHandler),
				Events: []proto.Message{(*todov1.TodoCreated)(nil)},
			})
			told(t, err, eventbus.ErrConfig, began, row.want...)
		})
	}
}

func TestAConsumerThatMayNotConnectSaysWhyWithinTenSeconds(t *testing.T) {
	t.Parallel()
	for _, row := range refusals(t) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
				Connection: kafkaconn.Connection{Brokers: row.brokers, TLS: row.tls, SASL: row.sasl}, Group: "refused", Logger: slog.New(slog.DiscardHandler),
				Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return nil })},
			})
			told(t, err, eventbus.ErrConfig, began, row.want...)
		})
	}
}

// told checks an error's sentinel, unless that is nil, its texts and its time.
func told(t *testing.T, err, sentinel error, began time.Time, want ...string) {
	t.Helper()
	took := time.Since(began)
	t.Logf("after %s: %v", took.Round(time.Millisecond), err)
	if err == nil || sentinel != nil && !errors.Is(err, sentinel) {
		t.Fatalf("error %v, want one that matches %q", err, sentinel)
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %v does not say %q", err, text)
		}
	}
	if took > limit {
		t.Errorf("it took %s", took)
	}
}
