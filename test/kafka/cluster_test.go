//go:build kafka

package kafkatest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/test/kafka"
)

func client(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAKilledNodeComesBackWithItsData(t *testing.T) {
	t.Parallel()
	c := kafkatest.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	admin := kadm.NewClient(client(t, kgo.SeedBrokers(c.Brokers()...)))
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "kept"); err != nil {
		t.Fatal(err)
	}
	c.Kill(0)
	if err := c.Restart(0); err != nil {
		t.Fatal(err)
	}
	topics, err := admin.ListTopics(ctx, "kept")
	if err != nil || topics["kept"].Err != nil {
		t.Errorf("the topic is gone: %v %v", err, topics["kept"].Err)
	}
}

func TestSecuredListenersAskForWhatTheyAreNamedAfter(t *testing.T) {
	t.Parallel()
	c := kafkatest.Start(t, kafkatest.Secured())
	s := c.Secured()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(s.ClientCert, s.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	with := client(t, kgo.SeedBrokers(s.MTLS...), kgo.DialTLSConfig(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}))
	if err := with.Ping(ctx); err != nil {
		t.Errorf("with a client certificate: %v", err)
	}
	without := client(t, kgo.SeedBrokers(s.MTLS...), kgo.DialTLSConfig(&tls.Config{RootCAs: roots}))
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := without.Ping(short); err == nil {
		t.Error("a client without a certificate was served")
	}
}
