package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/contexts"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// kafkaFlags say which cluster a command talks to, and how.
type kafkaFlags struct {
	context   string
	noContext bool
	brokers   string
	insecure  bool
	useTLS    bool
	ca        string
	cert      string
	key       string
	mechanism string
	user      string
	timeout   time.Duration
}

func (a *app) addKafkaFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&a.kafka.context, "context", "", "connect as context `NAME` says (env EVENTCTL_CONTEXT; see eventctl context)")
	f.BoolVar(&a.kafka.noContext, "no-context", false, "use no context, neither EVENTCTL_CONTEXT's nor the current one")
	f.StringVar(&a.kafka.brokers, "brokers", "", "Kafka broker, `HOST:PORT`, or several with commas between (env KAFKA_BROKERS)")
	f.BoolVar(&a.kafka.insecure, "insecure", false, "allow plaintext to brokers outside this machine (env KAFKA_INSECURE)")
	f.BoolVar(&a.kafka.useTLS, "tls", false, "use TLS with the system's certificate authorities (env KAFKA_TLS)")
	f.StringVar(&a.kafka.ca, "tls-ca", "", "PEM `FILE` of the certificate authority (env KAFKA_TLS_CA; turns TLS on)")
	f.StringVar(&a.kafka.cert, "tls-cert", "", "PEM `FILE` of the client certificate (env KAFKA_TLS_CERT)")
	f.StringVar(&a.kafka.key, "tls-key", "", "PEM `FILE` of the client key (env KAFKA_TLS_KEY)")
	f.StringVar(&a.kafka.mechanism, "sasl-mechanism", "", "SASL `MECHANISM`: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER (env KAFKA_SASL_MECHANISM)")
	f.StringVar(&a.kafka.user, "sasl-user", "", "SASL `USER` (env KAFKA_SASL_USER; passwords and tokens come from the environment or a context, never from a flag)")
	f.DurationVar(&a.kafka.timeout, "timeout", 10*time.Second, "`DURATION` of the longest wait for an answer of the cluster")
}

// connection is how to reach a cluster.
type connection struct {
	kafkaconn.Connection

	session *kafkaclient.Session // of all the command's clients
	timeout time.Duration
	named   func(field string) string // what the user calls a field
	note    func(text string)         // tells the user what goes on
}

// connection takes the connection of a context or of the environment, and what
// flags say otherwise.
func (a *app) connection() (connection, error) {
	c := connection{timeout: a.kafka.timeout, note: func(text string) {
		fmt.Fprintf(a.stderr, "note: %s\n", text)
	}}
	if c.timeout <= 0 {
		return c, usagef("--timeout %s: give a time above zero", c.timeout)
	}
	name, err := a.contextName()
	if err != nil {
		return c, err
	}
	var problems []error
	if name != "" {
		c.Connection, c.named, err = a.fromContext(name)
		if err != nil {
			return c, err
		}
	} else {
		c.Connection, problems = kafkaconn.ReadEnv(a.getenv)
		c.named = a.flagName
		c.SASL = a.tokenFromEnv(c.SASL)
	}
	a.kafka.override(&c.Connection)
	if len(c.Brokers) == 0 && len(problems) == 0 && name == "" {
		return c, usagef("no brokers: give --brokers HOST:PORT, set KAFKA_BROKERS, or choose a context (eventctl context --help); eventctl broker starts one")
	}
	problems = append(problems, config.WithoutFollowUps(c.Problems(c.named), problems)...)
	if len(problems) > 0 {
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.Error())
		}
		return c, usagef("%s", strings.Join(texts, "; "))
	}
	c.session = kafkaclient.NewSession(kafkaclient.SessionConfig{
		Cluster: kafkaclient.NewCluster(c.Connection, c.named), ClientID: "eventctl", Timeout: c.timeout, Notice: c.note,
	})
	return c, nil
}

func (f kafkaFlags) brokerList() []string {
	var out []string
	for b := range strings.SplitSeq(f.brokers, ",") {
		if b = strings.TrimSpace(b); b != "" {
			out = append(out, b)
		}
	}
	return out
}

// override sets what flags say.
func (f kafkaFlags) override(c *kafkaconn.Connection) {
	if f.brokers != "" {
		c.Brokers = f.brokerList()
	}
	c.Insecure = c.Insecure || f.insecure
	if f.useTLS || f.ca != "" || f.cert != "" || f.key != "" {
		t := kafkaconn.TLS{}
		if c.TLS != nil {
			t = *c.TLS
		}
		t.CAFile, t.CertFile, t.KeyFile = cmp.Or(f.ca, t.CAFile), cmp.Or(f.cert, t.CertFile), cmp.Or(f.key, t.KeyFile)
		c.TLS = &t
	}
	if f.mechanism != "" || f.user != "" {
		s := kafkaconn.SASL{}
		if c.SASL != nil {
			s = *c.SASL
		}
		s.Mechanism, s.Username = cmp.Or(strings.ToUpper(f.mechanism), s.Mechanism), cmp.Or(f.user, s.Username)
		c.SASL = &s
	}
}

var flagNames = map[string]string{
	"Brokers":                 "--brokers",
	"Insecure":                "--insecure",
	"TLS":                     "--tls",
	"TLS.CAFile":              "--tls-ca (KAFKA_TLS_CA)",
	"TLS.CertFile":            "--tls-cert (KAFKA_TLS_CERT)",
	"TLS.KeyFile":             "--tls-key (KAFKA_TLS_KEY)",
	"SASL":                    "--sasl-mechanism",
	"SASL.Mechanism":          "--sasl-mechanism (KAFKA_SASL_MECHANISM)",
	"SASL.Username":           "--sasl-user (KAFKA_SASL_USER)",
	"SASL.Password":           "KAFKA_SASL_PASSWORD",
	"SASL.Token":              "KAFKA_SASL_TOKEN or KAFKA_SASL_TOKEN_FILE",
	"SASL.OIDC":               "KAFKA_OIDC_ENDPOINT",
	"SASL.OIDC.CAFile":        "KAFKA_OIDC_CA",
	"SASL.OIDC.ClientID":      "KAFKA_OIDC_CLIENT_ID",
	"SASL.OIDC.ClientSecret":  "KAFKA_OIDC_CLIENT_SECRET",
	"SASL.OIDC.Extensions":    "KAFKA_OIDC_EXTENSIONS",
	"SASL.OIDC.TokenEndpoint": "KAFKA_OIDC_ENDPOINT",
}

// flagName is the flag or the variable of a field.
func (a *app) flagName(field string) string {
	if field == "SASL.Token" {
		for _, variable := range []string{"KAFKA_SASL_TOKEN", "KAFKA_SASL_TOKEN_FILE"} {
			if a.getenv(variable) != "" {
				return variable
			}
		}
	}
	return flagNames[field]
}

// tokenFromEnv adds KAFKA_SASL_TOKEN, which only a command reads: a service
// outlives it.
func (a *app) tokenFromEnv(s *kafkaconn.SASL) *kafkaconn.SASL {
	text := a.getenv("KAFKA_SASL_TOKEN")
	if text == "" {
		return s
	}
	if s == nil {
		s = &kafkaconn.SASL{}
	}
	s.Token = contexts.TokenOf(text)
	return s
}
