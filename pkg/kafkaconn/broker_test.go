package kafkaconn_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Addresses that cannot be right were taken: the client then waited for an answer that
// could not come, and said nothing of the address.
func TestAddressesOfBrokers(t *testing.T) {
	t.Parallel()
	for broker, want := range map[string]string{
		"localhost:9092":                  "",
		"localhost":                       "",
		"kafka-0.kafka.svc.cluster.local": "",
		"broker_1:9092":                   "",
		"b-1.x.kafka.amazonaws.com.:9094": "",
		"10.0.0.7:9092":                   "",
		"[::1]:9092":                      "",
		"[::1]":                           "",
		"[fe80::1%eth0]:9092":             "",
		"::1":                             `"::1" is an IPv6 address without brackets: give it as [::1]:9092`,
		"::1:9092":                        `"::1:9092" is an IPv6 address without brackets`,
		"fe80::1":                         `"fe80::1" is an IPv6 address without brackets`,
		"[::1":                            `"[::1" is not an IPv6 address in brackets`,
		"[::1]9092":                       `"[::1]9092" is not an IPv6 address in brackets`,
		"[localhost]:9092":                `"[localhost]:9092" is not an IPv6 address in brackets`,
		"[::1]:":                          `"[::1]:" has no port`,
		"localhost:":                      `"localhost:" has no port`,
		"localhost:0":                     `"localhost:0" has no port from 1 to 65535`,
		"localhost:65536":                 `"localhost:65536" has no port from 1 to 65535`,
		"localhost:kafka":                 `"localhost:kafka" has no port from 1 to 65535`,
		"localhost:+9092":                 `"localhost:+9092" has no port from 1 to 65535`,
		":9092":                           `":9092" has no host name that can be one`,
		"local$host:9092":                 `"local$host:9092" has no host name that can be one`,
		"-x:9092":                         `"-x:9092" has no host name that can be one`,
		"localhost:9092:9093":             `"localhost:9092:9093" has several colons`,
		"localhost:9092;localhost:9093":   `"localhost:9092;localhost:9093" holds several brokers`,
		"http://localhost:9092":           `"http://localhost:9092" has a scheme`,
		"local host:9092":                 `"local host:9092" is not host:port`,
		"user:hunter2@localhost:9092":     "@",
		"":                                "a broker is empty",
	} {
		err := kafkaconn.Connection{Brokers: []string{broker}, Insecure: true}.Check()
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", broker, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%s: %v, want %s", broker, err, want)
		}
	}
}
