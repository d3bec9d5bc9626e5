package kafkaconn_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func TestVariable(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"Brokers": "KAFKA_BROKERS", "TLS.CAFile": "KAFKA_TLS_CA", "Insecure": "KAFKA_INSECURE", "TLS": "KAFKA_TLS", "SASL": "", "Linger": "",
	} {
		if got := kafkaconn.Variable(field); got != want {
			t.Errorf("Variable(%q) = %q, want %q", field, got, want)
		}
	}
}
