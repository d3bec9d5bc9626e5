//go:build kafka

package main

import (
	"bytes"
	"strings"
	"testing"

	kafkatest "github.com/eventcontracts/eventcontracts/test/kafka"
)

// With the build tag kafka the same is true on Apache Kafka, which make kafka-jars
// fetches.
func TestTheThreeServicesOnKafka(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", strings.Join(kafkatest.Start(t).Brokers(), ","))
	t.Setenv("EXAMPLE_REPLICAS", "1")
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	t.Log(out.String())
}
