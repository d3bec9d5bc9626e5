package cli

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// kafkaFlags say which cluster a command talks to, and how. No flag takes a
// password or a token: everybody on a machine can read its command lines, and shells
// keep them.
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
	timeout   time.Duration // of one answer of the cluster; a command may wait for several
}

// saslMechanisms are those that kafkaconn takes.
var saslMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", kafkaconn.MechanismOAuth}

// connectionFlag marks the flags of addKafkaFlags, which help lists by themselves.
const connectionFlag = "eventctl_connection"

// addKafkaFlags adds the flags of commands that connect, and of their subcommands.
func (a *app) addKafkaFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	// The help says ENV for the variable, whose names kafkaconn has.
	text := func(value *string, field, help string) {
		f.StringVar(value, fieldFlags[field], "", strings.ReplaceAll(help, "ENV", "env "+kafkaconn.Variable(field)))
	}
	flag := func(value *bool, field, help string) {
		f.BoolVar(value, fieldFlags[field], false, strings.ReplaceAll(help, "ENV", "env "+kafkaconn.Variable(field)))
	}
	f.StringVar(&a.kafka.context, "context", "", "connect as context `NAME` says (env "+contextVariable+"; see eventctl context)")
	f.BoolVar(&a.kafka.noContext, "no-context", false, "use no context, neither "+contextVariable+"'s nor the current one")
	text(&a.kafka.brokers, "Brokers", "Kafka broker, `HOST:PORT`, or several with commas between (ENV)")
	flag(&a.kafka.insecure, "Insecure", "allow plaintext to brokers outside this machine (ENV)")
	flag(&a.kafka.useTLS, "TLS", "use TLS with the system's certificate authorities (ENV)")
	text(&a.kafka.ca, "TLS.CAFile", "PEM `FILE` of the certificate authority (ENV; turns TLS on)")
	text(&a.kafka.cert, "TLS.CertFile", "PEM `FILE` of the client certificate (ENV)")
	text(&a.kafka.key, "TLS.KeyFile", "PEM `FILE` of the client key (ENV)")
	text(&a.kafka.mechanism, "SASL.Mechanism", "SASL `MECHANISM`: "+strings.Join(saslMechanisms, ", ")+" (ENV)")
	text(&a.kafka.user, "SASL.Username", "SASL `USER` (ENV; passwords and tokens come from the environment or a context, never from a flag)")
	durationVar(f, &a.kafka.timeout, "timeout", kafkaclient.DefaultConnectTimeout, "`DURATION` of the longest wait for an answer of the cluster")
	f.VisitAll(func(f *pflag.Flag) { f.Annotations = map[string][]string{connectionFlag: {"yes"}} })
}

// fieldFlags are the flags that set a field of the connection, without their dashes.
// SASL as a whole is called by the flag that turns it on. A field without a flag is
// set by a variable or a context only.
var fieldFlags = map[string]string{
	"Brokers":        "brokers",
	"Insecure":       "insecure",
	"TLS":            "tls",
	"TLS.CAFile":     "tls-ca",
	"TLS.CertFile":   "tls-cert",
	"TLS.KeyFile":    "tls-key",
	"SASL":           "sasl-mechanism",
	"SASL.Mechanism": "sasl-mechanism",
	"SASL.Username":  "sasl-user",
}

// brokerList are the brokers that the flag gives, in the form of KAFKA_BROKERS:
// blanks and a comma too many do no harm.
func (f kafkaFlags) brokerList() []string {
	var out []string
	for b := range strings.SplitSeq(f.brokers, ",") {
		if b = strings.TrimSpace(b); b != "" {
			out = append(out, b)
		}
	}
	return out
}

// gives reports whether a field's own flag has a value.
func (f kafkaFlags) gives(field string) bool {
	value, ok := map[string]string{
		"Brokers": f.brokers, "TLS.CAFile": f.ca, "TLS.CertFile": f.cert, "TLS.KeyFile": f.key,
		"SASL.Mechanism": f.mechanism, "SASL.Username": f.user,
	}[field]
	return ok && value != ""
}

// override sets what flags say, beside what the environment or a context says: a
// flag changes one value, and turns nothing off.
func (f kafkaFlags) override(c *kafkaconn.Connection) {
	if f.brokers != "" {
		c.Brokers = f.brokerList()
	}
	c.Insecure = c.Insecure || f.insecure
	// The zero TLS trusts the system's authorities, so that any of these turns it on.
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
		// Kafka's names of mechanisms are upper case, which nobody has to know.
		s.Mechanism, s.Username = cmp.Or(strings.ToUpper(f.mechanism), s.Mechanism), cmp.Or(f.user, s.Username)
		c.SASL = &s
	}
}

// tokenVariable holds a token itself. Services do not read it: they run longer than a
// token is valid, and read a file that is renewed.
const tokenVariable = "KAFKA_SASL_TOKEN"

// named is what an error calls a field of a connection without context: its flag, its
// variable, or both where either may have been set.
func (a *app) named(field string) string {
	flag, variable := fieldFlags[field], kafkaconn.Variable(field)
	switch {
	case field == "SASL.Token":
		for _, name := range []string{tokenVariable, variable} {
			if a.getenv(name) != "" {
				return name
			}
		}
		return tokenVariable + " or " + variable
	case flag == "":
		return variable
	case a.kafka.gives(field):
		return "--" + flag
	case a.getenv(variable) != "": // what is wrong with it is its own
		return variable
	case slices.Contains([]string{"Brokers", "Insecure", "TLS", "SASL"}, field):
		// Their problems are solved by setting something: one way is enough.
		return "--" + flag
	}
	return "--" + flag + " (" + variable + ")"
}
