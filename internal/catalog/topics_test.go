package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
)

func TestWantedTopics(t *testing.T) {
	t.Parallel()
	text := header + `package shop.v1;
option (eventcontracts.v1.topic) = {
  name: "orders" partitions: 2 replicas: 3 retention: "7d" max_bytes: 65536 dlq_retention: "14d"
  config: {key: "min.insync.replicas" value: "2"} config: {key: "flush.messages" value: "1"}
};
option (eventcontracts.v1.topic) = {name: "quiet" partitions: 1 replicas: 1 retention: "unlimited"};

// OrderPlaced is published when a customer has paid.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "order_id" owner: "o"};
  string order_id = 1 [(buf.validate.field).string.min_len = 1];
}
`
	c := load(t, catalog.Options{Dir: tree(t, map[string]string{
		"buf.yaml": "version: v2\n", "o.proto": text,
		"services.yaml": "- {service: z, owner: o, groups: [{name: z, handles: [OrderPlaced], deploys: [1]}, {name: a, handles: [OrderPlaced], deploys: [1]}]}\n",
	})})
	derived := map[string]string{"cleanup.policy": "delete", "retention.ms": "1209600000", "max.message.bytes": "131072", "min.insync.replicas": "2"}
	want := []topicplan.Topic{
		{Name: "orders", Kind: topicplan.Source, Source: "orders", Partitions: 2, Replicas: 3},
		{Name: "orders.a.dlq", Kind: topicplan.DeadLetter, Source: "orders", Group: "a", Partitions: 2, Replicas: 3, Config: derived},
		{Name: "orders.a.redrive", Kind: topicplan.Redrive, Source: "orders", Group: "a", Partitions: 2, Replicas: 3, Config: derived},
		{Name: "orders.z.dlq", Kind: topicplan.DeadLetter, Source: "orders", Group: "z", Partitions: 2, Replicas: 3, Config: derived},
		{Name: "orders.z.redrive", Kind: topicplan.Redrive, Source: "orders", Group: "z", Partitions: 2, Replicas: 3, Config: derived},
		{Name: "quiet", Kind: topicplan.Source, Source: "quiet", Partitions: 1, Replicas: 1},
	}
	got := c.Wanted()
	for i, w := range got {
		if w.Kind == topicplan.Source {
			if diff := cmp.Diff(c.Topics()[map[string]int{"orders": 0, "quiet": 1}[w.Name]].KafkaConfig(), w.Config); diff != "" {
				t.Errorf("configuration of %s differs from the contract's (-contract +wanted):\n%s", w.Name, diff)
			}
			got[i].Config = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wanted topics (-want +got):\n%s", diff)
	}
}
