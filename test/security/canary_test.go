//go:build kafka

package security_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// canaryVariable makes this test program the child of TestSecretsAreShownNowhere.
const canaryVariable = "EVENTBUS_CANARY"

// canary is what the child needs.
type canary struct {
	SASL, Passwords, MTLS, Expired []string

	CAFile    string
	Cert, Key string
	OIDC      struct{ Endpoint, CAFile string }
	Group     string
	Secrets   canarySecrets
}

// canarySecrets are what must not be in the child's output.
type canarySecrets struct{ Password, WrongPassword, ClientSecret, Token, Extension string }

// TestSecretsAreShownNowhere lets a child process do all that prints: clients
// that log at their most talkative, that connect and that are refused, every
// way to print a configuration, and a panic. Whatever writes to its output, the
// C library included, must not write a secret.
func TestSecretsAreShownNowhere(t *testing.T) {
	t.Parallel()
	const group, principal = "canary", "canary"
	pair := clientCertificate(t, secured.CA, kafkatest.Certificate{Name: principal})
	for way, who := range map[string]string{
		"scram": "User:" + secured.User, "plain": "User:" + secured.User, "token": "User:" + principal, "oidc": "User:" + principal, "mtls": "User:CN=" + principal,
	} {
		dead, redrive := groupTopics(t, group+"-"+way)
		allowTopic(t, who, topic, write, read)
		allowTopic(t, who, redrive, read)
		allowTopic(t, who, dead, write)
		allowGroup(t, who, group+"-"+way, read)
	}
	idp := identityProvider(t, principal)
	in := canary{
		SASL: secured.SASL, Passwords: secured.Passwords, MTLS: secured.MTLS, Expired: secured.TLS["expired"], CAFile: secured.CAFile,
		Cert: pair.CertFile, Key: pair.KeyFile, Group: group,
		Secrets: canarySecrets{
			Password: secured.Password, WrongPassword: "wr0ng-" + secured.Password, ClientSecret: oidcSecret,
			Token: tokenOf(principal, time.Hour).Value, Extension: "ext3nsion-value",
		},
	}
	in.OIDC.Endpoint, in.OIDC.CAFile = idp.OIDC.TokenEndpoint, idp.OIDC.CAFile
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	child := exec.CommandContext(ctx, exe)
	child.Env = append(os.Environ(), canaryVariable+"="+string(text))
	out, err := child.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("\npanic: ")) {
		t.Fatalf("the child did not end with its panic: %v: %s", err, tail(out))
	}
	if n := bytes.Count(out, []byte(canaryDone)); n != 1 {
		t.Fatalf("the child did not come to its end: %s", tail(out))
	}
	key, err := os.ReadFile(pair.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	pem := strings.Split(string(key), "\n")[1]
	for name, secret := range map[string]string{
		"password": in.Secrets.Password, "wrong password": in.Secrets.WrongPassword, "client secret": in.Secrets.ClientSecret,
		"token": in.Secrets.Token, "token's claims": strings.Split(in.Secrets.Token, ".")[1], "extension": in.Secrets.Extension, "private key": pem,
	} {
		for _, spelling := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), fmt.Sprint([]byte(secret))} {
			if at := bytes.Index(out, []byte(spelling)); at >= 0 {
				t.Errorf("the %s is in %q", name, out[max(0, at-300):min(len(out), at+len(spelling)+50)])
			}
		}
	}
	// What a test looks for it must be able to find.
	for _, shown := range []string{secured.User, principal, "SASL", "password redacted", "kafka client: ", "level=DEBUG"} {
		if !bytes.Contains(out, []byte(shown)) {
			t.Errorf("the output has no %q: the test sees nothing", shown)
		}
	}
}

func tail(b []byte) []byte { return b[max(0, len(b)-3000):] }

const canaryDone = "the canary has sung"

// sing is the child.
func sing(text string) {
	var in canary
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		panic(err)
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ca := &kafkaconn.TLS{CAFile: in.CAFile}
	token := func(value string, life time.Duration) *kafkaconn.SASL {
		return &kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: func(context.Context) (kafkaconn.Token, error) {
			t := kafkaconn.Token{Value: value, Principal: "canary", Expires: time.Now().Add(life), Extensions: map[string]string{"canary": in.Secrets.Extension}}
			show(os.Stdout, t, &t)
			return t, nil
		}}
	}
	oidc := func(secret, ca string) *kafkaconn.SASL {
		return &kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: &kafkaconn.OIDC{
			TokenEndpoint: in.OIDC.Endpoint, ClientID: "canary", ClientSecret: secret, CAFile: ca,
			Extensions: map[string]string{"canary": "not-secret"},
		}}
	}
	var ways sync.WaitGroup
	for _, way := range []struct {
		name string
		kafkaconn.Connection
	}{
		{"scram", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "SCRAM-SHA-512", Username: "alice", Password: in.Secrets.Password}}},
		{"refused", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "SCRAM-SHA-512", Username: "alice", Password: in.Secrets.WrongPassword}}},
		{"refused", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "PLAIN", Username: "alice", Password: in.Secrets.Password}}},
		{"plain", kafkaconn.Connection{Brokers: in.Passwords, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "PLAIN", Username: "alice", Password: in.Secrets.Password}}},
		{"refused", kafkaconn.Connection{Brokers: in.Passwords, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "PLAIN", Username: "alice", Password: in.Secrets.WrongPassword}}},
		{"token", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: token(in.Secrets.Token, 2*time.Second)}},
		{"refused", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: token(in.Secrets.Token, -time.Hour)}},
		{"refused", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: token(in.Secrets.Token+"\x01", time.Hour)}},
		{"oidc", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: oidc(in.Secrets.ClientSecret, in.OIDC.CAFile)}},
		{"refused", kafkaconn.Connection{Brokers: in.SASL, TLS: ca, SASL: oidc(in.Secrets.ClientSecret+"x", in.OIDC.CAFile)}},
		{"refused", kafkaconn.Connection{Brokers: in.Expired, TLS: ca, SASL: &kafkaconn.SASL{Mechanism: "PLAIN", Username: "alice", Password: in.Secrets.Password}}},
		{"mtls", kafkaconn.Connection{Brokers: in.MTLS, TLS: &kafkaconn.TLS{CAFile: in.CAFile, CertFile: in.Cert, KeyFile: in.Key}}},
		{"refused", kafkaconn.Connection{Brokers: in.MTLS, TLS: &kafkaconn.TLS{CAFile: in.Key, CertFile: in.Key, KeyFile: in.Key}, SASL: &kafkaconn.SASL{Mechanism: in.Secrets.Password[:2], Password: in.Secrets.Password}}},
	} {
		ways.Go(func() { singWith(logger, in.Group+"-"+way.name, way.Connection) })
	}
	ways.Wait()
	// A secret where none is expected is not repeated either.
	_, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: in.SASL, TLS: ca}, Source: "canary", Config: map[string]string{
		"sasl.password": in.Secrets.Password, "ssl.key.pem": in.Secrets.Password, "sasl.oauthbearer.client.secret": in.Secrets.ClientSecret, "linger": in.Secrets.Password,
	}})
	fmt.Println(err)
	fmt.Println(canaryDone)
	panic(eventbus.ProducerConfig{Connection: kafkaconn.Connection{SASL: oidc(in.Secrets.ClientSecret, in.Secrets.Password)}})
}

// singWith prints all there is to one way to connect.
func singWith(logger *slog.Logger, group string, c kafkaconn.Connection) {
	pc := eventbus.ProducerConfig{
		Connection: c, Source: "canary", Events: []proto.Message{(*todov1.TodoCreated)(nil)},
		Config: map[string]string{"debug": "all"}, Logger: logger, ConnectTimeout: 4 * time.Second,
	}
	handled := make(chan struct{}, 1<<16)
	cc := eventbus.ConsumerConfig{
		Connection: c, Group: group,
		Config: map[string]string{"debug": "all"}, Logger: logger, ConnectTimeout: 4 * time.Second,
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			show(os.Stdout, ctx)
			handled <- struct{}{}
			return nil
		})},
	}
	show(os.Stdout, c, &c, pc, &pc, cc, &cc, c.SASL, c.TLS, []any{pc, cc})
	logger.Info("config", "connection", c, "producer", pc, "consumer", cc, "sasl", c.SASL, "tls", c.TLS)
	if c.SASL != nil {
		show(os.Stdout, *c.SASL, c.SASL.OIDC)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p, err := eventbus.NewProducer(pc)
	show(os.Stdout, p, err)
	if err == nil {
		receipt, err := p.Publish(ctx, todo())
		show(os.Stdout, receipt, err, p, p.Stats(), p.Close(ctx))
	}
	consumer, err := eventbus.NewConsumer(cc)
	show(os.Stdout, consumer, err)
	if err == nil {
		running, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- consumer.Run(running) }()
		select {
		case <-handled:
		case <-ctx.Done():
			panic("nothing was handled")
		}
		show(os.Stdout, consumer, consumer.Stats(), consumer.Health())
		stop()
		show(os.Stdout, <-done)
	}
}

// show prints values in every way that a person or a program might.
func show(w io.Writer, values ...any) {
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(w, verb+"\n", v)
		}
		if text, err := json.Marshal(v); err == nil {
			fmt.Fprintf(w, "%s\n", text)
		} else {
			fmt.Fprintln(w, err)
		}
		if text, err := xml.Marshal(v); err == nil {
			fmt.Fprintf(w, "%s\n", text)
		} else {
			fmt.Fprintln(w, err)
		}
		func() {
			defer func() { fmt.Fprintln(w, "recovered:", recover()) }()
			panic(v)
		}()
	}
}
