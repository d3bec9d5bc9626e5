package kafkaclient

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Reader reads one topic from beginning to end, where the end is that of the start,
// and then follows it if it is told to. Nothing is committed, and no group is
// joined. It reads what is committed only: records of open and of aborted
// transactions are not seen.
type Reader struct {
	Session *Session
	Topic   string

	// Last starts so many offsets before each partition's end. Defaults to 0: at
	// the first record.
	Last int64

	// AtEnd starts at each partition's end. Defaults to false.
	AtEnd bool

	// Since starts at the first record of that time or later. Defaults to none.
	Since time.Time

	// Ends are where to stop, by partition, as an earlier Reader has told them to
	// Started: what was written since is not read, nor a partition that was added.
	// Defaults to the ends of now.
	Ends map[int32]int64

	// Started is called with the ends before the first record is read. Defaults to
	// none.
	Started func(ends map[int32]int64)

	// CaughtUp is called once every record that existed at the start was read. It
	// says whether to go on with what is written from then on, until the context
	// ends. Defaults to none: the reading is over.
	CaughtUp func() (follow bool, err error)
}

// Read calls each for the records of the topic, on its own goroutine and in the
// order of offsets within each partition. An error of each ends it. When ctx ends
// it returns ctx's error, between two records and never within one.
func (r Reader) Read(ctx context.Context, each func(*kafka.Message) error) error {
	if err := r.Session.Reach(ctx); err != nil {
		return err
	}
	spans, err := r.readToTheEnds(ctx, each)
	if err != nil || r.CaughtUp == nil {
		return err
	}
	if follow, err := r.CaughtUp(); err != nil || !follow {
		return err
	}
	// A consumer is assigned once only: librdkafka 2.15.1 aborts the process when
	// one is closed while the partitions of an earlier assignment still stop.
	client, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer client.close()
	return client.read(ctx, spans, true, each)
}

// readToTheEnds returns what was read of each partition.
func (r Reader) readToTheEnds(ctx context.Context, each func(*kafka.Message) error) (map[int32]*span, error) {
	client, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer client.close()
	spans, err := client.spans()
	if err != nil {
		return nil, err
	}
	if r.Started != nil {
		ends := map[int32]int64{}
		for p, s := range spans {
			ends[p] = s.end
		}
		r.Started(ends)
	}
	return spans, client.read(ctx, spans, false, each)
}

// readerClient is a consumer with its tokens, which is assigned once.
type readerClient struct {
	Reader

	consumer   *kafka.Consumer
	stopTokens func()
}

func (r Reader) open(ctx context.Context) (*readerClient, error) {
	consumer, err := kafka.NewConsumer(r.Session.properties(kafka.ConfigMap{
		"group.id":               "eventctl", // required by the client; no group is joined
		"enable.auto.commit":     false,
		"auto.offset.reset":      "earliest", // of an offset that retention took meanwhile
		"isolation.level":        "read_committed",
		"enable.partition.eof":   true, // an end may lie behind what can be read
		"check.crcs":             true,
		"fetch.wait.max.ms":      50, // bounds what a close waits for
		"fetch.queue.backoff.ms": 5,  // the default of 1 s cuts throughput to a third
	}))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(r.Session.Cluster.Brokers(), ","), err)
	}
	stop, err := r.Session.authenticate(ctx, consumer)
	if err != nil {
		_ = consumer.Close() // it has not connected
		return nil, err
	}
	return &readerClient{Reader: r, consumer: consumer, stopTokens: stop}, nil
}

func (c *readerClient) close() {
	c.stopTokens()         // a token beside the destruction would use freed memory
	_ = c.consumer.Close() // it has read, and has nothing to lose
}
