package kafkaclient

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// The goroutine that reads delivery reports names the principal of a
// certificate: it must not touch the file.
func TestP7_ARefusedPublishReadsNoFile(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "cert.pem")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	conn := kafkaconn.Connection{TLS: &kafkaconn.TLS{CertFile: fifo, KeyFile: fifo}}
	c := &Cluster{conn: func() kafkaconn.Connection { return conn }, subject: "CN=orders"}
	told := make(chan error, 1)
	go func() {
		told <- c.Denied(kafka.NewError(kafka.ErrTopicAuthorizationFailed, "no", false), kafka.ACLOperationWrite, "todos", "")
	}()
	select {
	case err := <-told:
		if !strings.Contains(err.Error(), "User:CN=orders") {
			t.Errorf("%v does not name the principal", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the file")
		if f, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = f.Close() // ends the wait
		}
	}
}

// What the caller does to its credentials later changes nothing.
func TestConnectionKeepsItsOwnCredentials(t *testing.T) {
	t.Parallel()
	given := &kafkaconn.SASL{Mechanism: kafkaconn.MechanismOAuth, OIDC: &kafkaconn.OIDC{ClientSecret: "s", Extensions: map[string]string{"a": "b"}}}
	c := NewCluster(kafkaconn.Connection{SASL: given}, nil)
	given.Mechanism, given.OIDC.ClientSecret, given.OIDC.Extensions["a"] = "", "", ""
	if own := c.conn().SASL; own.Mechanism != kafkaconn.MechanismOAuth || own.OIDC.ClientSecret != "s" || own.OIDC.Extensions["a"] != "b" {
		t.Error("they changed")
	}
}
