package eventbus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/refusal"
)

// TLS encrypts the connections to the brokers. The zero value trusts the
// system's certificate authorities.
type TLS struct {
	// CAFile is a PEM file of the certificate authorities to trust instead of
	// the system's.
	CAFile string

	// CertFile and KeyFile are PEM files of a client certificate and its key,
	// not encrypted, for clusters that authenticate clients by certificate.
	// Both or none.
	CertFile string
	KeyFile  string
}

// Connection is how to reach a cluster: the fields that ProducerConfig and
// ConsumerConfig have in common, as ConfigFromEnv reads them.
type Connection struct {
	Brokers  []string
	Insecure bool
	SASL     *SASL
	TLS      *TLS
}

// security is how clients reach the cluster: the part of a configuration that
// producers and consumers share.
//
// Producers and consumers keep it, and whatever prints one of those finds what
// is in it: fmt follows pointers for verbs like %s, and calls no method of what
// is not exported. Nothing looks behind a func.
type security struct {
	brokers  []string
	tls      *TLS
	sasl     func() *SASL // nil if there is none
	insecure bool
	subject  string  // of the client certificate, if it names the principal
	tokens   *tokens // nil without SASL.Token
	name     naming  // nil for the fields' names
}

// named is what the user knows a field by.
func (s security) named(field string) string {
	if s.name == nil {
		return field
	}
	return s.name(field)
}

// security is what is kept of c.
func (c Connection) security() security {
	s := security{brokers: c.Brokers, tls: c.TLS, insecure: c.Insecure}
	switch {
	case c.SASL != nil:
		own := c.SASL.clone() // the caller may wipe its own
		s.sasl = func() *SASL { return own }
		s.tokens = newTokens(own)
	case c.TLS != nil && c.TLS.CertFile != "":
		s.subject = refusal.Subject(c.TLS.CertFile) // now: later it is asked where nothing may block
	}
	return s
}

// client is how refusals are explained.
func (s security) client() refusal.Client {
	c := refusal.Client{Brokers: s.brokers, Name: func(field string) string { return s.named(clientField(field)) }}
	if s.tls != nil {
		c.TLS, c.CAFile, c.CertFile, c.KeyFile = true, s.tls.CAFile, s.tls.CertFile, s.tls.KeyFile
	}
	c.Subject = s.subject
	if s.sasl != nil {
		c.Mechanism, c.User, c.OIDC = s.sasl().Mechanism, s.sasl().Username, s.sasl().OIDC != nil
		if c.Mechanism == mechanismOAuth {
			c.Token = s.tokens.principal
		}
	}
	return c
}

// clientField is the name of a field that package refusal calls field.
func clientField(field string) string {
	switch field {
	case "CAFile", "CertFile":
		return "TLS." + field
	case "OIDC":
		return "SASL." + field
	}
	return field
}

// naming turns the name of a configuration's field into the one that the user
// has set: an environment variable's, where the values come from there.
type naming func(field string) string

func fieldName(field string) string { return field }

// problems lists what is wrong, by the public fields' names.
func (s security) problems() []error { return s.problemsAs(fieldName) }

func (s security) problemsAs(name naming) []error {
	var out []error
	if len(s.brokers) == 0 {
		out = append(out, configProblem(name("Brokers"), "no broker: give at least one host:port"))
	}
	for _, b := range s.brokers {
		if err := checkBroker(b); err != nil {
			out = append(out, configProblem(name("Brokers"), "%w", err))
		} else if s.tls == nil && !s.insecure && !localBroker(b) {
			out = append(out, configProblem(name("Brokers"), "%s is not on this host: set %s, or %s to send plaintext", b, name("TLS"), name("Insecure")))
		}
	}
	if s.tls != nil {
		out = append(out, s.tls.problems(name)...)
	}
	if s.sasl != nil {
		out = append(out, s.sasl().problems(name)...)
	}
	return out
}

func (t *TLS) problems(name naming) []error {
	var out []error
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		switch {
		case err != nil:
			out = append(out, configProblem(name("TLS.CAFile"), "%w", err))
		case !x509.NewCertPool().AppendCertsFromPEM(pem):
			out = append(out, configProblem(name("TLS.CAFile"), "%s has no PEM certificate", t.CAFile))
		}
	}
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		out = append(out, configProblem(name("TLS.CertFile")+" and "+name("TLS.KeyFile"), "give both, or neither"))
	case t.CertFile != "":
		if _, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile); err != nil {
			out = append(out, configProblem(name("TLS.CertFile"), "read %s and %s: %w", t.CertFile, t.KeyFile, err))
		}
	}
	return out
}

// apply sets the client's connection properties.
func (s security) apply(m kafka.ConfigMap) {
	m["bootstrap.servers"] = strings.Join(s.brokers, ",")
	protocol := "plaintext"
	if s.tls != nil {
		protocol = "ssl"
		setGiven(m, map[string]string{
			"ssl.ca.location": s.tls.CAFile, "ssl.certificate.location": s.tls.CertFile, "ssl.key.location": s.tls.KeyFile,
		})
	}
	if s.sasl != nil {
		protocol = "sasl_" + protocol
		s.sasl().apply(m)
	}
	m["security.protocol"] = protocol
}

func setGiven(m kafka.ConfigMap, properties map[string]string) {
	for key, value := range properties {
		if value != "" {
			m[key] = value
		}
	}
}

// checkBroker accepts host, host:port and [v6]:port. A list or a URL in one
// element could hide a broker from the check of what is local.
func checkBroker(b string) error {
	switch {
	case b == "":
		return errors.New("a broker is empty")
	case strings.Contains(b, ","):
		return fmt.Errorf("%q holds several brokers: give each its own element", b)
	case strings.Contains(b, "://"):
		return fmt.Errorf("%q has a scheme: give host:port", b)
	case strings.ContainsAny(b, " \t\r\n\x00/"):
		return fmt.Errorf("%q is not host:port", b)
	}
	if _, port, err := net.SplitHostPort(b); err == nil && port == "" {
		return fmt.Errorf("%q has no port", b)
	}
	return nil
}

func localBroker(b string) bool {
	host, _, err := net.SplitHostPort(b)
	if err != nil {
		host = b
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
