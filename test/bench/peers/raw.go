package peers

// raw is confluent-kafka-go alone, with bytes that were encoded before: what everything
// else is compared with.
var raw = Peer{
	Name:    "confluent-kafka-go, bytes encoded before",
	Source:  "settings.go has each setting of the bus's own client",
	Publish: rawPublish,
	Consume: rawConsume,
}
