package kafkaconn_test

import (
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// setEnv sets the variables that ConfigFromEnv reads to these, and none else.
func setEnv(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "KAFKA_") {
			t.Setenv(name, "")
		}
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfigFromEnv(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	ca := writeFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	for _, test := range []struct {
		name string
		vars map[string]string
		want kafkaconn.Connection
	}{
		{
			"brokers alone",
			map[string]string{"KAFKA_BROKERS": "localhost:9092, localhost:9093,"},
			kafkaconn.Connection{Brokers: []string{"localhost:9092", "localhost:9093"}},
		},
		{
			"insecure",
			map[string]string{"KAFKA_BROKERS": "kafka:9092", "KAFKA_INSECURE": "true"},
			kafkaconn.Connection{Brokers: []string{"kafka:9092"}, Insecure: true},
		},
		{
			"the system's authorities",
			map[string]string{"KAFKA_BROKERS": "kafka:9093", "KAFKA_TLS": "true"},
			kafkaconn.Connection{Brokers: []string{"kafka:9093"}, TLS: &kafkaconn.TLS{}},
		},
		{
			"a password from a file, without the line's end",
			map[string]string{
				"KAFKA_BROKERS": "kafka:9093", "KAFKA_TLS_CA": ca, "KAFKA_SASL_MECHANISM": "scram-sha-512",
				"KAFKA_SASL_USER": "orders", "KAFKA_SASL_PASSWORD_FILE": writeFile(t, "password", " s3cret \r\n"),
			},
			kafkaconn.Connection{
				Brokers: []string{"kafka:9093"}, TLS: &kafkaconn.TLS{CAFile: ca},
				SASL: &kafkaconn.SASL{Mechanism: "SCRAM-SHA-512", Username: "orders", Password: " s3cret "},
			},
		},
		{
			"tokens of an identity provider",
			map[string]string{
				"KAFKA_BROKERS": "kafka:9093", "KAFKA_TLS": "1", "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
				"KAFKA_OIDC_ENDPOINT": "https://idp.example.com/token", "KAFKA_OIDC_CLIENT_ID": "orders",
				"KAFKA_OIDC_CLIENT_SECRET_FILE": writeFile(t, "secret", "s3cret\n"), "KAFKA_OIDC_SCOPE": "kafka",
				"KAFKA_OIDC_CA": ca, "KAFKA_OIDC_EXTENSIONS": "logicalCluster=lkc-1,identityPoolId=pool-1",
			},
			kafkaconn.Connection{
				Brokers: []string{"kafka:9093"}, TLS: &kafkaconn.TLS{},
				SASL: &kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: &kafkaconn.OIDC{
					TokenEndpoint: "https://idp.example.com/token", ClientID: "orders", ClientSecret: "s3cret", Scope: "kafka", CAFile: ca,
					Extensions: map[string]string{"logicalCluster": "lkc-1", "identityPoolId": "pool-1"},
				}},
			},
		},
		{
			"tokens that the program gets",
			map[string]string{"KAFKA_BROKERS": "kafka:9093", "KAFKA_TLS": "true", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"},
			kafkaconn.Connection{Brokers: []string{"kafka:9093"}, TLS: &kafkaconn.TLS{}, SASL: &kafkaconn.SASL{Mechanism: "OAUTHBEARER"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			setEnv(t, test.vars)
			got, err := kafkaconn.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(kafkaconn.SASL{}, "Token")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigFromEnvTokenFile(t *testing.T) {
	// {"sub":"orders","exp":4102444800}
	jwt := "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcmRlcnMiLCJleHAiOjQxMDI0NDQ4MDB9."
	setEnv(t, map[string]string{
		"KAFKA_BROKERS": "localhost:9093", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_SASL_TOKEN_FILE": writeFile(t, "token", jwt+"\n"),
	})
	c, err := kafkaconn.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.SASL.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token.Value != jwt || token.Principal != "orders" || token.Expires.Unix() != 4102444800 {
		t.Errorf("the token in the file is read as %q of %q until %s", token.Value, token.Principal, token.Expires)
	}
}

func TestConfigFromEnvNamesEveryVariable(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	for _, test := range []struct {
		name string
		vars map[string]string
		want []string
	}{
		{"nothing set", nil, []string{"KAFKA_BROKERS: no broker"}},
		{
			"plaintext to elsewhere",
			map[string]string{"KAFKA_BROKERS": "kafka:9092"},
			[]string{"KAFKA_BROKERS: kafka:9092 is not on this host: set KAFKA_TLS_CA or KAFKA_TLS=true, or KAFKA_INSECURE=true to send plaintext"},
		},
		{
			"several at once",
			map[string]string{
				"KAFKA_BROKERS": "kafka://kafka:9092", "KAFKA_TLS_CA": absent, "KAFKA_INSECURE": "perhaps", "KAFKA_TLS_CERT": absent,
				"KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_PASSWORD_FILE": absent,
			},
			[]string{
				"KAFKA_BROKERS: ", "KAFKA_TLS_CA: ", `KAFKA_INSECURE: "perhaps"`, "KAFKA_TLS_CERT and KAFKA_TLS_KEY: give both, or neither",
				"KAFKA_SASL_USER is empty: PLAIN needs a user", "KAFKA_SASL_PASSWORD_FILE: open ",
			},
		},
		{
			"TLS off, with files",
			map[string]string{"KAFKA_BROKERS": "localhost:9092", "KAFKA_TLS": "false", "KAFKA_TLS_CA": absent},
			[]string{"KAFKA_TLS is false"},
		},
		{
			"a password without mechanism",
			map[string]string{"KAFKA_BROKERS": "localhost:9092", "KAFKA_SASL_USER": "orders", "KAFKA_SASL_PASSWORD": "s3cret"},
			[]string{`KAFKA_SASL_MECHANISM is empty: give one of PLAIN`},
		},
		{
			"a secret twice",
			map[string]string{
				"KAFKA_BROKERS": "localhost:9092", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_OIDC_CLIENT_ID": "orders",
				"KAFKA_OIDC_CLIENT_SECRET": "s3cret", "KAFKA_OIDC_CLIENT_SECRET_FILE": absent, "KAFKA_OIDC_ENDPOINT": "http://idp.example.com/token",
			},
			[]string{"KAFKA_OIDC_CLIENT_SECRET is set, and so is KAFKA_OIDC_CLIENT_SECRET_FILE", "KAFKA_OIDC_ENDPOINT must be https"},
		},
		{
			"a password for tokens",
			map[string]string{"KAFKA_BROKERS": "localhost:9092", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_SASL_PASSWORD": "s3cret"},
			[]string{"KAFKA_SASL_MECHANISM: OAUTHBEARER has tokens"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			setEnv(t, test.vars)
			_, err := kafkaconn.FromEnv()
			if !errors.Is(err, eventbus.ErrConfig) {
				t.Fatalf("error %v, want one that matches ErrConfig", err)
			}
			text := err.Error()
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("error %q does not tell %q", text, want)
				}
			}
			if got := max(strings.Count(text, "\n- "), 1); got != len(test.want) {
				t.Errorf("error %q has %d problems, want %d", text, got, len(test.want))
			}
			if strings.Contains(text, "s3cret") {
				t.Errorf("error %q shows a secret", text)
			}
		})
	}
}
