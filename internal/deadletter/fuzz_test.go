package deadletter_test

import (
	"bytes"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// FuzzRead reads any record as a dead letter, and redrives what is one. Each
// header is a byte, which chooses its name, a value and a line feed; a value of
// one zero byte stands for null.
func FuzzRead(f *testing.F) {
	for _, failure := range [][]event.Header{
		failure(1).Headers(headers("tenant", "7"), true),
		failedAgain(1).Headers(headers("redrive-topic", topic, "redrive-group", group, "redrive-count", "2"), true),
		failure(1).Headers(nil, false),
	} {
		var text []byte
		for _, h := range failure {
			for i, name := range names {
				if name == h.Key {
					text = append(append(append(text, byte(i)), h.Value...), '\n')
				}
			}
		}
		f.Add(dlq, text)
	}
	f.Fuzz(func(t *testing.T, topic string, text []byte) {
		rec := event.Record{Topic: topic}
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			h := event.Header{Key: names[int(line[0])%len(names)], Value: line[1:]}
			if string(h.Value) == "\x00" {
				h.Value = nil
			}
			rec.Headers = append(rec.Headers, h)
		}
		checkRead(t, rec)
	})
}
