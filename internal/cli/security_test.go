package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// certificate makes a certificate for this machine and writes it where a client
// can trust it.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestTLSAndSASL(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t)
	b := start(t, broker.Config{Options: []kfake.Opt{
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "ops", "correct horse"),
	}})
	e := newEventctl(t, b.Addr())
	e.vars = map[string]string{
		"KAFKA_TLS_CA": ca, "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256", "KAFKA_SASL_USER": "ops", "KAFKA_SASL_PASSWORD": "correct horse",
	}
	e.ok("topics", "apply")
	e.ok("publish", "OrderCancelled", `{"order_id": "o-1"}`)
	if got := e.ok("tail", "orders"); !strings.Contains(got, "o-1") {
		t.Errorf("tail over TLS and SASL shows %q", got)
	}

	for _, row := range []struct {
		name    string
		change  map[string]string
		timeout string
		want    string
	}{
		// The embedded broker closes the connection without a word.
		{"wrong password", map[string]string{"KAFKA_SASL_PASSWORD": "wrong horse"}, "2s", "check the addresses, that the cluster runs, and the TLS and SASL settings"},
		{"no TLS", map[string]string{"KAFKA_TLS_CA": ""}, "30s", "--tls: broker " + b.Addr() + " speaks TLS, and the client does not"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bad := newEventctl(t, b.Addr())
			bad.vars = map[string]string{}
			for k, v := range e.vars {
				bad.vars[k] = v
			}
			for k, v := range row.change {
				bad.vars[k] = v
			}
			r := bad.run("tail", "orders", "--timeout", row.timeout)
			if r.code != 1 || !strings.Contains(r.stderr, row.want) {
				t.Errorf("exit code %d, stderr %q, want an error that names what to check", r.code, r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, "horse") {
				t.Errorf("the password is shown: %s%s", r.stdout, r.stderr)
			}
		})
	}
}
