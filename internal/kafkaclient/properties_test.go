package kafkaclient_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

func TestG6_OverridesThatBreakTheConsumersGuaranteesAreRefused(t *testing.T) {
	t.Parallel()
	refused := []map[string]string{
		{"group.id": ""},
		{"group.id": "other"},
		{"enable.auto.commit": "false"},
		{"enable.auto.offset.store": "true"},
		{"enable.partition.eof": "false"},
		{"isolation.level": "read_uncommitted"},
		{"auto.offset.reset": "latest"},
		{"auto.offset.reset": "error"},
		{"check.crcs": "false"},
		{"auto.commit.interval.ms": "0"},
		{"auto.commit.interval.ms": "60000"},
		{"go.events.channel.enable": "true"},
		{"go.application.rebalance.enable": "true"},
		{"group.protocol": "consumer", "partition.assignment.strategy": "range"},
		{"group.protocol": "consumer", "session.timeout.ms": "6000"},
		{"group.protocol": "CONSUMER", "heartbeat.interval.ms": "1000"},
		{"bootstrap.servers": "x"},
		{"sasl.password": "x"},
		{"allow.auto.create.topics": "true"},
		{"topic.auto.offset.reset": "latest"},
		{"group.protocol": " consumer"},
		{"max.poll.interval.ms": "010000"},
	}
	for _, config := range refused {
		if problems := kafkaclient.ConsumerProblems(config); len(problems) != 1 {
			t.Errorf("%v has the problems %v, want one", config, problems)
		}
	}
	for _, config := range []map[string]string{
		nil,
		{"group.protocol": "consumer"},
		{"group.protocol": "classic", "partition.assignment.strategy": "range", "session.timeout.ms": "6000"},
		{"group.instance.id": "a", "client.rack": "r", "fetch.min.bytes": "1", "auto.offset.reset": "earliest", "auto.commit.interval.ms": "500"},
	} {
		if problems := kafkaclient.ConsumerProblems(config); len(problems) != 0 {
			t.Errorf("%v has the problems %v, want none", config, problems)
		}
	}
}

// The client had properties that nobody had looked at, such as
// offset.store.method=none, with which it commits nothing. A property that is not
// in the list, and a client that may have more, must show.
func TestG6_EveryPropertyOfTheClientIsAllowedOrRefused(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "properties.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, version := kafka.LibraryVersion()
	if !strings.HasPrefix(string(text), "# The properties of librdkafka "+version+": ") {
		t.Errorf("the list is not that of librdkafka %s: compare it with its CONFIGURATION.md", version)
	}
	halves := map[string]struct {
		problems func(map[string]string) []error
		start    func(*kafka.ConfigMap) (interface{ Close() }, error)
	}{
		"P": {kafkaclient.ProducerProblems, func(m *kafka.ConfigMap) (interface{ Close() }, error) { return kafka.NewProducer(m) }},
		"C": {kafkaclient.ConsumerProblems, func(m *kafka.ConfigMap) (interface{ Close() }, error) {
			c, err := kafka.NewConsumer(m)
			return closer{c}, err
		}},
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Fields(line)
		if len(row) != 4 {
			t.Fatalf("%q has not four fields", line)
		}
		name, passes, refused := row[0], row[2], row[3]
		for half, h := range halves {
			if row[1] != half && row[1] != "*" {
				continue
			}
			t.Run(name+"/"+half, func(t *testing.T) {
				t.Parallel()
				if problems := h.problems(map[string]string{name: refused}); refused != "-" && (len(problems) != 1 || !strings.Contains(problems[0].Error(), name+": refused: ")) {
					t.Errorf("%s=%s has the problems %v, want a refusal", name, refused, problems)
				}
				if problems := h.problems(map[string]string{name: passes}); passes != "-" && len(problems) != 0 {
					t.Errorf("%s=%s has the problems %v, want none", name, passes, problems)
				}
				if passes == "-" && refused != "-" {
					return // nobody gives it to the client
				}
				m := &kafka.ConfigMap{name: passes}
				if half == "C" {
					_ = m.SetKey("group.id", "x")
				}
				client, err := h.start(m)
				if err == nil {
					client.Close()
				}
				if err != nil && strings.Contains(err.Error(), "not supported in this build") {
					return // Windows has it
				}
				if (err == nil) != (passes != "-") || err != nil && strings.Contains(err.Error(), "No such configuration property") {
					t.Errorf("the client takes %s=%s with %v", name, passes, err)
				}
			})
		}
		if seen[name+row[1]] {
			t.Errorf("%s is there twice", name)
		}
		seen[name+row[1]] = true
	}
	if len(seen) < 200 {
		t.Errorf("there are only %d properties", len(seen))
	}
}

// closer closes a consumer as producers are closed.
type closer struct{ *kafka.Consumer }

func (c closer) Close() { _ = c.Consumer.Close() }
