package kafkaclient

import (
	"context"
	"log/slog"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// ForwardLogs gives a client's log to slog, until the client is closed. It has a
// goroutine of its own because a slog handler may block.
func ForwardLogs(logs <-chan kafka.LogEvent, logger *slog.Logger) {
	for l := range logs {
		logger.Log(context.Background(), logLevel(l.Level), "kafka client: "+l.Message, "client", l.Name, "facility", l.Tag)
	}
}

// logLevel maps a syslog level.
func logLevel(level int) slog.Level {
	switch {
	case level <= 2:
		return slog.LevelError
	case level <= 4:
		return slog.LevelWarn
	case level <= 6:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
