package peers

import (
	"time"

	"github.com/IBM/sarama"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// saramaSettings are those of the clients that stand on sarama: as settings.go, where sarama
// has the setting. https://pkg.go.dev/github.com/IBM/sarama#Config
func saramaSettings(t measure.Task) *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Version = sarama.V2_1_0_0 // with later ones it cannot join a group of the embedded broker
	cfg.Producer.RequiredAcks = sarama.WaitForAll
	cfg.Producer.Idempotent = true
	cfg.Net.MaxOpenRequests = 1 // sarama's condition for Idempotent
	cfg.Producer.Compression = sarama.CompressionLZ4
	cfg.Producer.Flush.Frequency = time.Duration(t.Series.LingerMs) * time.Millisecond
	cfg.Producer.Flush.MaxMessages = 10_000 // of a batch; its bytes are bounded by MaxMessageBytes
	cfg.Producer.Return.Successes = true    // the synchronous producers need it
	cfg.Consumer.Return.Errors = true
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.Consumer.IsolationLevel = sarama.ReadCommitted
	cfg.Consumer.MaxWaitTime = 50 * time.Millisecond
	return cfg
}

// syncCallers are as many goroutines as it takes for a producer whose calls wait: more gained
// nothing.
const syncCallers = 256
