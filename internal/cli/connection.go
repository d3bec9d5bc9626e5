package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// kafkaFlags say which cluster a command talks to, and how.
type kafkaFlags struct {
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
	f.StringVar(&a.kafka.brokers, "brokers", "", "Kafka `HOST:PORT,…` (env KAFKA_BROKERS)")
	f.BoolVar(&a.kafka.insecure, "insecure", false, "allow plaintext to brokers outside this machine")
	f.BoolVar(&a.kafka.useTLS, "tls", false, "use TLS with the system's certificate authorities")
	f.StringVar(&a.kafka.ca, "tls-ca", "", "PEM `FILE` of the certificate authority (env KAFKA_TLS_CA; turns TLS on)")
	f.StringVar(&a.kafka.cert, "tls-cert", "", "PEM `FILE` of the client certificate (env KAFKA_TLS_CERT)")
	f.StringVar(&a.kafka.key, "tls-key", "", "PEM `FILE` of the client key (env KAFKA_TLS_KEY)")
	f.StringVar(&a.kafka.mechanism, "sasl-mechanism", "", "SASL `MECHANISM`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (env KAFKA_SASL_MECHANISM)")
	f.StringVar(&a.kafka.user, "sasl-user", "", "SASL `USER` (env KAFKA_SASL_USER; the password comes from KAFKA_SASL_PASSWORD only)")
	f.DurationVar(&a.kafka.timeout, "timeout", 10*time.Second, "longest wait for an answer of the cluster")
}

// tlsFiles are PEM files; an empty ca is the system's authorities.
type tlsFiles struct{ ca, cert, key string }

// credentials are those of SASL.
type credentials struct{ mechanism, user, password string }

// connection is how to reach a cluster.
type connection struct {
	brokers  []string
	tls      *tlsFiles
	sasl     *credentials
	insecure bool
	timeout  time.Duration

	// note tells the user what goes on; nil for nobody.
	note func(text string)
}

func (a *app) connection() (connection, error) {
	or := func(value, env string) string {
		if value != "" {
			return value
		}
		return a.getenv(env)
	}
	c := connection{insecure: a.kafka.insecure, timeout: a.kafka.timeout, note: func(text string) {
		fmt.Fprintf(a.stderr, "note: %s\n", text)
	}}
	list := or(a.kafka.brokers, "KAFKA_BROKERS")
	for _, b := range strings.Split(list, ",") {
		if b = strings.TrimSpace(b); b != "" {
			c.brokers = append(c.brokers, b)
		}
	}
	if len(c.brokers) == 0 {
		return c, usagef("no brokers: give --brokers HOST:PORT or set KAFKA_BROKERS (eventctl broker starts one)")
	}
	if c.timeout <= 0 {
		return c, usagef("--timeout %s: give a time above zero", c.timeout)
	}
	ca, cert, key := or(a.kafka.ca, "KAFKA_TLS_CA"), or(a.kafka.cert, "KAFKA_TLS_CERT"), or(a.kafka.key, "KAFKA_TLS_KEY")
	if a.kafka.useTLS || ca != "" || cert != "" || key != "" {
		c.tls = &tlsFiles{ca: ca, cert: cert, key: key}
	}
	mechanism, user := or(a.kafka.mechanism, "KAFKA_SASL_MECHANISM"), or(a.kafka.user, "KAFKA_SASL_USER")
	if mechanism != "" || user != "" {
		c.sasl = &credentials{mechanism: strings.ToUpper(mechanism), user: user, password: a.getenv("KAFKA_SASL_PASSWORD")}
	}
	for _, b := range c.brokers {
		host, port, err := net.SplitHostPort(b)
		if err != nil {
			host, port = b, "9092" // the client's own default
		}
		switch {
		case host == "" || port == "" || strings.Contains(b, "/"):
			return c, usagef("broker %q is not HOST:PORT: write it like localhost:9092, without a scheme", b)
		case c.tls == nil && !c.insecure && !local(host):
			return c, usagef("broker %s is not on this machine and TLS is off: give --tls or --tls-ca FILE, or --insecure to send plaintext", b)
		}
	}
	if err := c.tls.check(); err != nil {
		return c, err
	}
	return c, c.sasl.check()
}

// check reads the files, because the client's own errors name none.
func (t *tlsFiles) check() error {
	if t == nil {
		return nil
	}
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return usagef("--tls-ca (KAFKA_TLS_CA): %w", err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(pem) {
			return usagef("--tls-ca (KAFKA_TLS_CA): %s holds no PEM certificate", t.ca)
		}
	}
	if (t.cert == "") != (t.key == "") {
		return usagef("--tls-cert and --tls-key belong together: give both or neither")
	}
	if t.cert != "" {
		if _, err := tls.LoadX509KeyPair(t.cert, t.key); err != nil {
			return usagef("--tls-cert %s with --tls-key %s: %w", t.cert, t.key, err)
		}
	}
	return nil
}

var mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

func (c *credentials) check() error {
	switch {
	case c == nil:
		return nil
	case c.mechanism == "":
		return usagef("--sasl-user (KAFKA_SASL_USER) needs a mechanism: give --sasl-mechanism %s", strings.Join(mechanisms, "|"))
	case !slices.Contains(mechanisms, c.mechanism):
		return usagef("--sasl-mechanism %q: give one of %s", c.mechanism, strings.Join(mechanisms, ", "))
	case c.user == "":
		return usagef("--sasl-mechanism needs a user: give --sasl-user or set KAFKA_SASL_USER")
	case c.password == "":
		return usagef("--sasl-mechanism needs a password: set KAFKA_SASL_PASSWORD")
	}
	return nil
}

func local(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
