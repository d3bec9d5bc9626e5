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
		forward(l, logger)
	}
}

func forward(l kafka.LogEvent, logger *slog.Logger) {
	logger.Log(context.Background(), logLevel(l.Level), "kafka client: "+l.Message, "client", l.Name, "facility", l.Tag)
}

// logsWaiting is how many lines wait for a logger. Further ones are left out.
const logsWaiting = 1000

// forwardLogs is ForwardLogs with a look at each line, which no logger holds up.
// Lines of debugging are forwarded if debugging says so.
func forwardLogs(logs <-chan kafka.LogEvent, logger *slog.Logger, debugging bool, look func(kafka.LogEvent)) {
	waiting, forwarded := make(chan kafka.LogEvent, logsWaiting), make(chan struct{})
	go func() {
		defer close(forwarded)
		ForwardLogs(waiting, logger)
	}()
	for l := range logs {
		look(l)
		if l.Level >= debugLevel && !debugging {
			continue
		}
		select {
		case waiting <- l:
		default:
		}
	}
	close(waiting)
	<-forwarded
}

// debugLevel is LOG_DEBUG.
const debugLevel = 7

// logLevel maps a syslog level.
func logLevel(level int) slog.Level {
	switch {
	case level <= 2:
		return slog.LevelError
	case level <= 4:
		return slog.LevelWarn
	case level < debugLevel:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
