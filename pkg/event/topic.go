package event

import (
	"strconv"
	"time"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Unlimited is the retention of records that are never deleted for their age.
const Unlimited = descriptor.Unlimited

// Topic is a declared Kafka topic: what its (eventcontracts.v1.topic) says, with
// the defaults filled in. All fields are for reading.
type Topic struct {
	Name           string
	KubernetesName string // of a KafkaTopic resource; Name unless the option says otherwise
	Partitions     int
	Replicas       int
	Retention      time.Duration // 0: the broker's default
	Segment        time.Duration // 0: the broker's default
	DLQRetention   time.Duration // of the dead-letter and redrive topics; 30 days by default
	Cleanup        string        // Kafka's cleanup.policy
	Format         Format
	MaxBytes       int               // 0: no limit of the topic's own
	Config         map[string]string // other Kafka settings
	File           string            // that declares it
	Options        *eventcontractsv1.TopicOptions
}

// KafkaConfig is the topic's configuration by the names of Kafka's topic
// settings. What the contract leaves to the broker is not in it.
func (t *Topic) KafkaConfig() map[string]string {
	m := map[string]string{"cleanup.policy": t.Cleanup}
	if t.Retention != 0 {
		m["retention.ms"] = millis(t.Retention)
	}
	if t.Segment != 0 {
		m["segment.ms"] = millis(t.Segment)
	}
	if t.MaxBytes != 0 {
		m["max.message.bytes"] = strconv.Itoa(t.MaxBytes)
	}
	for k, v := range t.Config {
		m[k] = v
	}
	return m
}

func millis(d time.Duration) string {
	if d == Unlimited {
		return "-1"
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}
