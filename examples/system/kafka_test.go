//go:build kafka

package main

import (
	"bytes"
	"strings"
	"testing"

	kafkatest "github.com/eventcontracts/eventcontracts/test/kafka"
)

// With the build tag kafka the same is true on Apache Kafka, which make kafka-jars
// fetches. A second run is refused there: the topics exist, and may be somebody's.
func TestTheThreeServicesOnKafka(t *testing.T) {
	t.Setenv("EXAMPLE_BROKERS", strings.Join(kafkatest.Start(t).Brokers(), ","))
	t.Setenv("EXAMPLE_REPLICAS", "1")
	var out bytes.Buffer
	if err := (&system{out: &out, bin: bin, names: all}).show(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	mustSay(t, out.String())
	t.Log(out.String())
	if err := (&system{out: &out, bin: bin, names: all}).show(t.Context()); err == nil || !strings.Contains(err.Error(), "Nothing was written") {
		t.Errorf("a second run: %v", err)
	}
}
