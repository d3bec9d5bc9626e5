package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// connectBy sets the environment's variables that say how to connect, and no
// others.
func connectBy(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "KAFKA_") || name == brokersVariable {
			t.Setenv(name, "")
		}
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func fileOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The clients that are not the bus's connect as the bus does.
func TestRawClientFollowsTheConnection(t *testing.T) {
	const here, remote = "localhost:9092", "kafka.example.com:9093"
	type vars = map[string]string
	password := fileOf(t, "from the file\n")
	rows := map[string]struct {
		vars vars
		want vars   // properties, all that are about security
		err  string // part of
	}{
		"this host":       {vars{"DEMO_BROKERS": here}, vars{"security.protocol": "plaintext"}, ""},
		"insecure":        {vars{"DEMO_BROKERS": remote, "KAFKA_INSECURE": "true"}, vars{"security.protocol": "plaintext"}, ""},
		"tls":             {vars{"DEMO_BROKERS": remote, "KAFKA_TLS": "true"}, vars{"security.protocol": "ssl"}, ""},
		"plaintext":       {vars{"DEMO_BROKERS": remote}, nil, "is not on this host"},
		"one of two":      {vars{"DEMO_BROKERS": here + "," + remote}, nil, remote + " is not on this host"},
		"authority":       {vars{"DEMO_BROKERS": remote, "KAFKA_TLS_CA": password}, nil, "KAFKA_TLS_CA"},
		"no secret file":  {vars{"DEMO_BROKERS": here, "KAFKA_SASL_PASSWORD_FILE": password + "?"}, nil, "KAFKA_SASL_PASSWORD_FILE"},
		"bearer of none":  {vars{"DEMO_BROKERS": here, "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}, nil, "KAFKA_SASL_TOKEN_FILE or KAFKA_OIDC_ENDPOINT"},
		"brokers of none": {vars{"DEMO_BROKERS": ","}, nil, "KAFKA_BROKERS"},
		"password": {
			vars{"DEMO_BROKERS": remote, "KAFKA_TLS": "true", "KAFKA_SASL_MECHANISM": "scram-sha-512", "KAFKA_SASL_USER": "ann", "KAFKA_SASL_PASSWORD_FILE": password},
			vars{"security.protocol": "sasl_ssl", "sasl.mechanisms": "SCRAM-SHA-512", "sasl.username": "ann", "sasl.password": "from the file"},
			"",
		},
		"password in plaintext": {
			vars{"DEMO_BROKERS": remote, "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USER": "ann", "KAFKA_SASL_PASSWORD": "x"}, nil, "is not on this host",
		},
		"token file": {
			vars{"DEMO_BROKERS": remote, "KAFKA_TLS": "true", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_SASL_TOKEN_FILE": password},
			vars{"security.protocol": "sasl_ssl", "sasl.mechanisms": "OAUTHBEARER"},
			"",
		},
		"identity provider": {
			vars{"DEMO_BROKERS": remote, "KAFKA_TLS": "true", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_OIDC_ENDPOINT": "https://id.example.com/token", "KAFKA_OIDC_CLIENT_ID": "demo", "KAFKA_OIDC_CLIENT_SECRET_FILE": password},
			vars{
				"security.protocol": "sasl_ssl", "sasl.mechanisms": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc",
				"sasl.oauthbearer.token.endpoint.url": "https://id.example.com/token", "sasl.oauthbearer.client.id": "demo", "sasl.oauthbearer.client.secret": "from the file",
			},
			"",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			connectBy(t, row.vars)
			c, err := clusterFromEnv()
			if row.err != "" {
				if err == nil || !strings.Contains(err.Error(), row.err) {
					t.Fatalf("error %v, want one with %q", err, row.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := vars{}
			for key, value := range *c.raw() {
				if strings.HasPrefix(key, "security.") || strings.HasPrefix(key, "sasl.") || strings.HasPrefix(key, "ssl.") {
					got[key] = fmt.Sprint(value)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
			if got := (*c.raw())["bootstrap.servers"]; got != row.vars["DEMO_BROKERS"] {
				t.Errorf("brokers %v", got)
			}
			for variable, value := range row.vars {
				if got := c.getenv(variable); got != value {
					t.Errorf("eventctl sees %s=%q, want %q", variable, got, value)
				}
			}
		})
	}
}

func TestRawClientAsksForItsToken(t *testing.T) {
	connectBy(t, map[string]string{
		"DEMO_BROKERS": "localhost:9092", "KAFKA_SASL_MECHANISM": "OAUTHBEARER", "KAFKA_SASL_TOKEN_FILE": fileOf(t, "no token"),
	})
	c, err := clusterFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.observe().Ends(t.Context(), "todos"); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("error %v, want one about the token", err)
	}
}

func TestEmbeddedBrokerHasItsOwnEnvironment(t *testing.T) {
	for name, value := range map[string]string{"KAFKA_TLS": "true", "KAFKA_BROKERS": "elsewhere:9092", "EVENTCTL_CONTEXT": "elsewhere", "DEMO_OTHER": "stays"} {
		t.Setenv(name, value)
	}
	c := embedded([]string{"127.0.0.1:1", "127.0.0.1:2"})
	for name, want := range map[string]string{"KAFKA_TLS": "", "KAFKA_BROKERS": "127.0.0.1:1,127.0.0.1:2", "EVENTCTL_CONTEXT": "", "DEMO_OTHER": "stays"} {
		if got := c.getenv(name); got != want {
			t.Errorf("%s=%q, want %q", name, got, want)
		}
	}
}

// An exported KAFKA_BROKERS made the demo write into that cluster.
func TestOnlyTheDemosOwnVariableNamesACluster(t *testing.T) {
	connectBy(t, map[string]string{"KAFKA_BROKERS": "kafka.example.com:9092"})
	c, err := clusterFromEnv()
	if err != nil || len(c.Brokers) > 0 {
		t.Errorf("it would write to %v: %v", c.Brokers, err)
	}
	connectBy(t, map[string]string{"KAFKA_BROKERS": "kafka.example.com:9092", "DEMO_BROKERS": "localhost:9092"})
	c, err = clusterFromEnv()
	if err != nil || c.getenv("KAFKA_BROKERS") != "localhost:9092" || len(c.Brokers) != 1 || c.Brokers[0] != "localhost:9092" {
		t.Errorf("it would write to %v, with KAFKA_BROKERS=%s: %v", c.Brokers, c.getenv("KAFKA_BROKERS"), err)
	}
}

// Topics that exist are somebody's.
func TestTheDemoLeavesTopicsAloneThatExist(t *testing.T) {
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	connectBy(t, map[string]string{"DEMO_BROKERS": b.Addr()})
	var out bytes.Buffer
	if code := run(t.Context(), []string{"-dir", filepath.Join(t.TempDir(), "run")}, &out, &out); code != 1 || !strings.Contains(out.String(), "in use: todos. Nothing was written") {
		t.Errorf("exit code %d:\n%s", code, &out)
	}
	if _, ok := b.Topic("reminders"); ok {
		t.Error("it has created topics")
	}
}
