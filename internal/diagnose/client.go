// Package diagnose explains why a cluster has nothing to do with a client, or
// not what was asked: which certificate, password or right is wrong or missing,
// whose, and what to do. The Kafka client's own errors often name none of it.
package diagnose

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
)

// Client is how a client presents itself.
type Client struct {
	Brokers []string

	TLS                       bool
	CAFile, CertFile, KeyFile string

	Subject   string        // of the client certificate, if it is known
	Mechanism string        // of SASL; "" for none
	User      string        // of SASL
	Token     func() string // whom the last token names; nil if there are none
	OIDC      bool          // the Kafka client gets the tokens by itself

	// Name turns "CAFile", "CertFile", "TLS", "SASL", "OIDC" and "Brokers" into
	// what the user has set.
	Name func(field string) string
}

// Principal is whom ACLs must name, "User:alice", as a broker without rules of
// its own for principals derives it; "" if it is not known.
func (c Client) Principal() string {
	name := c.User
	switch {
	case c.Mechanism != "" && c.Token != nil:
		name = c.Token()
	case c.Mechanism != "":
	case c.TLS && c.CertFile != "":
		name = c.Subject
	default:
		name = "ANONYMOUS"
	}
	if name == "" {
		return ""
	}
	return "User:" + name
}

// Subject is that of a certificate, as brokers derive a principal from it; ""
// if it cannot be read, or has parts that Java writes in another way.
func Subject(file string) string {
	cert, err := readCertificate(file)
	if err != nil {
		return ""
	}
	if name := cert.Subject.String(); !strings.Contains(name, "=#") {
		return name
	}
	return ""
}

func readCertificate(file string) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, os.ErrNotExist
		}
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
}

// shellWord quotes s for a command that is to be copied.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:=@/") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
