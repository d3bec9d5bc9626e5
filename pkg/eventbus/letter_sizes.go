package eventbus

import (
	"context"
	"maps"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// compareSizes warns of dead-letter topics that do not take every record which
// their source topic takes. deadLetters are their size limits.
func (c *Consumer) compareSizes(ctx context.Context, admin *kafka.AdminClient, deadLetters map[string]int) error {
	sources := map[string]string{}
	for name, s := range c.routes.sources {
		if s.deadLetter != "" && !s.redrive {
			sources[name] = s.deadLetter
		}
	}
	names := slices.Sorted(maps.Keys(sources))
	limits, err := kafkaclient.MaxMessageBytes(ctx, admin, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		letter, limit := deadLetters[sources[name]], limits[name]
		if letter > 0 && letter < limit+deadletter.MaxHeaders {
			c.logger.Warn("a large record of the topic could not be a dead letter, and its key would wait: raise max.message.bytes of the dead-letter topic",
				"topic", name, "max_message_bytes", limit, "dead_letter_topic", sources[name], "its_max_message_bytes", letter, "needs", limit+deadletter.MaxHeaders)
		}
	}
	return nil
}
