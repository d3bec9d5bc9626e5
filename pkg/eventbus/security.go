package eventbus

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
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

// SASL authenticates the client. It prints without its password, whatever the
// verb or encoding.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
	Mechanism string
	Username  string
	Password  string
}

var saslMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

// String describes s without its password.
func (s SASL) String() string {
	return fmt.Sprintf("SASL %s as %q (password redacted)", s.Mechanism, s.Username)
}

// Format prints String for every verb, so that no %+v shows the password.
func (s SASL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is s without its password.
func (s SASL) LogValue() slog.Value {
	return slog.GroupValue(slog.String("mechanism", s.Mechanism), slog.String("username", s.Username))
}

// MarshalJSON is s without its password.
func (s SASL) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"mechanism": s.Mechanism, "username": s.Username})
}

// security is how clients reach the cluster: the part of a configuration that
// producers and consumers share.
type security struct {
	brokers  []string
	tls      *TLS
	sasl     *SASL
	insecure bool
}

// MarshalText is String, for the encodings that use it.
func (s SASL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// problems lists what is wrong, by the public fields' names.
func (s security) problems() []error {
	var out []error
	if len(s.brokers) == 0 {
		out = append(out, configProblem("Brokers", "no broker: give at least one host:port"))
	}
	for _, b := range s.brokers {
		if err := checkBroker(b); err != nil {
			out = append(out, configProblem("Brokers", "%w", err))
		} else if s.tls == nil && !s.insecure && !localBroker(b) {
			out = append(out, configProblem("TLS", "broker %s is not on this host: set TLS, or Insecure to send plaintext", b))
		}
	}
	if s.tls != nil {
		out = append(out, s.tls.problems()...)
	}
	if s.sasl != nil {
		if !slices.Contains(saslMechanisms, s.sasl.Mechanism) {
			out = append(out, configProblem("SASL.Mechanism", "%q is not one of %s", s.sasl.Mechanism, strings.Join(saslMechanisms, ", ")))
		}
		if s.sasl.Username == "" {
			out = append(out, configProblem("SASL.Username", "is empty"))
		}
		if s.sasl.Password == "" {
			out = append(out, configProblem("SASL.Password", "is empty"))
		}
	}
	return out
}

func (t *TLS) problems() []error {
	var out []error
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		switch {
		case err != nil:
			out = append(out, configProblem("TLS.CAFile", "%w", err))
		case !x509.NewCertPool().AppendCertsFromPEM(pem):
			out = append(out, configProblem("TLS.CAFile", "%s has no PEM certificate", t.CAFile))
		}
	}
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		out = append(out, configProblem("TLS.CertFile", "give CertFile and KeyFile together, or neither"))
	case t.CertFile != "":
		if _, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile); err != nil {
			out = append(out, configProblem("TLS.CertFile", "read %s and %s: %w", t.CertFile, t.KeyFile, err))
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
		for key, file := range map[string]string{
			"ssl.ca.location": s.tls.CAFile, "ssl.certificate.location": s.tls.CertFile, "ssl.key.location": s.tls.KeyFile,
		} {
			if file != "" {
				m[key] = file
			}
		}
	}
	if s.sasl != nil {
		protocol = "sasl_" + protocol
		m["sasl.mechanisms"] = s.sasl.Mechanism
		m["sasl.username"] = s.sasl.Username
		m["sasl.password"] = s.sasl.Password
	}
	m["security.protocol"] = protocol
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
