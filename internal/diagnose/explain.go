package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// lookAt bounds the look at one broker's certificate, and lookAll that at all.
const (
	lookAt  = time.Second
	lookAll = 2 * time.Second
)

// tokenless reports whether err is the client's own, for want of a token.
func tokenless(err kafka.Error) bool {
	return strings.Contains(err.Error(), "Failed to acquire SASL OAUTHBEARER token")
}

// Explain says why no broker serves the client, as far as its last error and a
// look at the brokers tell; nil if they do not. It is sure if a broker has said
// it, or shown a certificate that the client does not take: then waiting is of no
// use. It ends with ctx, and takes 2 s at most.
func (c Client) Explain(ctx context.Context, cause kafka.Error) (sure bool, why error) {
	switch cause.Code() {
	case kafka.ErrAuthentication, kafka.ErrSaslAuthenticationFailed:
		switch {
		case tokenless(cause) && c.OIDC:
			return false, fmt.Errorf("%s: the identity provider gave no token: check its endpoint, client id, secret and scope: %w", c.Name("OIDC"), cause)
		case tokenless(cause):
			return false, nil // its callback says why
		}
		return true, fmt.Errorf("%s: the cluster refuses %s: %w", c.Name("SASL"), c.credentials(), cause)
	case kafka.ErrUnsupportedSaslMechanism:
		return true, fmt.Errorf("%s: the cluster does not know mechanism %s: %w", c.Name("SASL"), c.Mechanism, cause)
	}
	ctx, cancel := context.WithTimeout(ctx, lookAll)
	defer cancel()
	for _, broker := range c.suspects(cause) {
		if err := c.look(ctx, broker); err != nil {
			sure := true
			switch {
			case errors.As(err, new(*passing)):
				sure = false
			case errors.As(err, new(*certificate)): // the client takes some that this look does not
				sure = strings.Contains(cause.Error(), "SSL")
			}
			return sure, fmt.Errorf("%w (the Kafka client says: %w)", err, cause)
		}
	}
	return false, nil
}

// passing is what a proxy before a cluster that starts shows too.
type passing struct{ error }

func (p *passing) Unwrap() error { return p.error }

// certificate is what is wrong with a broker's one.
type certificate struct{ error }

func (c *certificate) Unwrap() error { return c.error }

func (c Client) credentials() string {
	if c.Token != nil {
		if p := c.Principal(); p != "" {
			return "the token of " + p + ": check who issues tokens, for whom and until when"
		}
		return "the token: check who issues tokens, for whom and until when"
	}
	return fmt.Sprintf("user %q by %s: check user, password and mechanism, and that the user exists there", c.User, c.Mechanism)
}

// suspects are the broker that the error names, and the configured ones.
func (c Client) suspects(cause kafka.Error) []string {
	// "ssl://host:9093/bootstrap: SSL handshake failed: …"
	text := cause.Error()
	if _, rest, ok := strings.Cut(text, "://"); ok {
		if broker, _, ok := strings.Cut(rest, "/"); ok {
			return append([]string{broker}, c.Brokers...)
		}
	}
	return c.Brokers
}

// look connects to a broker as the client would, with a TLS implementation that
// says what is wrong.
func (c Client) look(ctx context.Context, broker string) error {
	host, port, err := net.SplitHostPort(broker)
	if err != nil {
		host, port = strings.Trim(broker, "[]"), "9092" // the client's own default
	}
	broker = net.JoinHostPort(host, port)
	ctx, cancel := context.WithTimeout(ctx, lookAt)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return nil // the client says as much
	}
	defer func() { _ = raw.Close() }() // nothing was sent
	if deadline, ok := ctx.Deadline(); ok {
		_ = raw.SetDeadline(deadline) // a connection that refuses it fails the handshake
	}
	if !c.TLS {
		//nolint:gosec // nothing is sent: it asks whether TLS is spoken at all
		if err := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx); err == nil {
			return fmt.Errorf("%s: broker %s speaks TLS, and the client does not: turn TLS on", c.Name("TLS"), broker)
		}
		plain, err := dialer.DialContext(ctx, "tcp", broker) // the other one has seen a handshake
		if err != nil {
			return nil
		}
		defer func() { _ = plain.Close() }()
		if deadline, ok := ctx.Deadline(); ok {
			_ = plain.SetDeadline(deadline)
		}
		return c.unasked(plain, broker)
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name("CAFile"), err)
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(text)
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name("CertFile"), err)
		}
		// Given whatever the broker asks for, as the Kafka client does.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return c.handshake(broker, host, err)
	}
	// With TLS 1.3 a broker that refuses the client's certificate says so after
	// the handshake.
	if err := c.unasked(conn, broker); err != nil {
		return err
	}
	_ = raw.SetDeadline(time.Now().Add(lookAt / 2)) // as above
	if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.EOF) {
		return c.handshake(broker, host, err)
	}
	return nil
}

// certified are the hosts that a certificate is for.
func certified(cert *x509.Certificate) string {
	hosts := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	if len(hosts) == 0 {
		return "no host"
	}
	return strings.Join(hosts, ", ")
}

// handshake names what is wrong with a certificate.
func (c Client) handshake(broker, host string, err error) error {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
		alert     tls.AlertError
		network   *net.OpError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return &certificate{fmt.Errorf("%s: the certificate of broker %s is valid from %s to %s only: renew it, or set this machine's clock: %w", c.Name("TLS"), broker,
			invalid.Cert.NotBefore.UTC().Format(time.RFC3339), invalid.Cert.NotAfter.UTC().Format(time.RFC3339), err)}
	case errors.As(err, &name):
		return &certificate{fmt.Errorf("%s: the certificate of broker %s is for %s, not %s: use a name that it has, in %s and in the broker's advertised.listeners, or give the broker a certificate for %s: %w",
			c.Name("TLS"), broker, certified(name.Certificate), host, c.Name("Brokers"), host, err)}
	case errors.As(err, &authority):
		trusted := "the system's authorities: give its authority in " + c.Name("CAFile")
		if c.CAFile != "" {
			trusted = fmt.Sprintf("an authority in %s %s: give the file of the authority that signed it", c.Name("CAFile"), c.CAFile)
		}
		return &certificate{fmt.Errorf("%s: the certificate of broker %s is not signed by %s: %w", c.Name("CAFile"), broker, trusted, err)}
	case errors.As(err, &plain), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return &passing{fmt.Errorf("%s: broker %s does not speak TLS on this port: give the port of its TLS listener: %w", c.Name("TLS"), broker, err)}
	case errors.As(err, &alert), errors.As(err, &network) && network.Op == "remote error":
		return c.refusedCertificate(broker, err)
	}
	return nil
}

// refusedCertificate is what a broker says about the client's certificate.
func (c Client) refusedCertificate(broker string, err error) error {
	if c.CertFile == "" {
		return fmt.Errorf("%s: broker %s asks for a client certificate: give one that it trusts: %w", c.Name("CertFile"), broker, err)
	}
	until := ""
	if cert, readErr := readCertificate(c.CertFile); readErr == nil {
		until = fmt.Sprintf(" of %s, valid from %s to %s,", cert.Subject, cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("%s: broker %s refuses the client certificate%s in %s: give one that it trusts: %w", c.Name("CertFile"), broker, until, c.CertFile, err)
}
