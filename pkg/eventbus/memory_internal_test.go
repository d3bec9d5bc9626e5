package eventbus

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// 400 records of 100,000 empty headers were counted as 102 KiB, and took 2 GB.
func TestC8_WhatARecordKeepsAliveIsCounted(t *testing.T) { //nolint:paralleltest // it looks at the heap
	for name, row := range map[string]struct{ headers, value int }{
		"no headers":     {0, 400},
		"a few headers":  {5, 400},
		"empty headers":  {100_000, 0},
		"a large record": {0, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			const records = 20
			kept := make([]*kafka.Message, records)
			before := heap()
			for i := range kept {
				// As the client makes them: nothing is shared.
				topic := fmt.Sprint("todos", i)
				m := &kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &topic}, Value: make([]byte, row.value), Key: []byte(fmt.Sprint("key", i))}
				for h := range row.headers {
					m.Headers = append(m.Headers, kafka.Header{Key: fmt.Sprint("h", h), Value: []byte{}})
				}
				kept[i] = m
			}
			took := int(heap()-before) / records
			if counted := memoryOf(kept[0]); counted < took*3/4 {
				t.Errorf("a record takes %d bytes, and is counted as %d", took, counted)
			}
			runtime.KeepAlive(kept)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
