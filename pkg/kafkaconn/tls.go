package kafkaconn

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
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

func (t *TLS) problems(name naming) []error {
	out := authorityProblems(t.CAFile, name("TLS.CAFile"))
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		out = append(out, config.Problemf(name("TLS.CertFile")+" and "+name("TLS.KeyFile"), "give both, or neither"))
	case t.CertFile != "":
		if _, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile); err != nil {
			out = append(out, config.Problemf(name("TLS.CertFile"), "read %s and %s: %w", t.CertFile, t.KeyFile, err))
		}
	}
	return out
}

// authorityProblems says what is wrong with a file of certificate authorities.
func authorityProblems(file, field string) []error {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return []error{config.Problemf(field, "%w", err)}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return []error{config.Problemf(field, "%s has no PEM certificate", file)}
	}
	return nil
}

// apply sets the client's properties.
func (t *TLS) apply(m kafka.ConfigMap) {
	setGiven(m, map[string]string{
		"ssl.ca.location": t.CAFile, "ssl.certificate.location": t.CertFile, "ssl.key.location": t.KeyFile,
	})
}

func setGiven(m kafka.ConfigMap, properties map[string]string) {
	for key, value := range properties {
		if value != "" {
			m[key] = value
		}
	}
}
