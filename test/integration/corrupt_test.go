package integration_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// fragile is the title of a record whose batch a flipping wire corrupts.
const fragile = "fragile"

// flipping is a wire on which each batch with a fragile record is spoiled, as long as
// it is to be.
type flipping struct {
	left atomic.Int64 // batches that are to be corrupted
	seen atomic.Int64 // batches that were

	// spoil changes an answer with a fragile record's title at i. Unset flips a byte
	// of the title: the batch's checksum is wrong then.
	spoil func(answer []byte, i int)
}

func (f *flipping) spoiled(answer []byte, i int) []byte {
	answer = bytes.Clone(answer)
	if f.spoil != nil {
		f.spoil(answer, i)
	} else {
		answer[i] ^= 1
	}
	return answer
}

func (f *flipping) option() edit {
	return func(cfg *broker.Config) {
		cfg.Options = append(cfg.Options, kfake.ListenFn(func(network, address string) (net.Listener, error) {
			l, err := net.Listen(network, address)
			return flippingListener{l, f}, err
		}))
	}
}

type flippingListener struct {
	net.Listener
	f *flipping
}

func (l flippingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return flippingConn{c, l.f}, err
}

type flippingConn struct {
	net.Conn
	f *flipping
}

// Write sends what the broker says; an answer is written in one piece.
func (c flippingConn) Write(b []byte) (int, error) {
	if i := bytes.Index(b, []byte(fragile)); i >= 0 && c.f.left.Load() > 0 {
		c.f.left.Add(-1)
		c.f.seen.Add(1)
		b = c.f.spoiled(b, i)
	}
	return c.Conn.Write(b)
}

// A batch that arrives corrupt is never passed over: it is read again, and nothing
// behind it is handled before it, nor committed. If it stays corrupt, its partition
// waits alone, and Health names the batch; once it can be read, all goes on by itself.
// (It was passed over; the last batch of a log had the log handled again for ever.)
func TestC20_ACorruptBatchIsNeverPassedOver(t *testing.T) {
	t.Parallel()
	const always = 1 << 40
	for name, row := range map[string]struct {
		flips  int64
		behind int // records behind the batch
	}{
		"once, and more follows":       {1, 3},
		"once, and nothing follows":    {1, 0},
		"it stays so, more follows":    {always, 3},
		"it stays so, nothing follows": {always, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire := &flipping{}
			b := startFaulty(t, wire.option())
			wire.left.Store(row.flips)
			c := client(t, b.Brokers(), kgo.ProducerBatchCompression(kgo.NoCompression()))
			want := numbered(t, c, 0, 4)
			produce(t, c, raw(t, 0, 1, fragile)) // a batch of its own, at offset 4
			want = append(want, fragile)
			want = append(want, numbered(t, c, 5, 5+row.behind)...)
			produce(t, c, raw(t, 1, 3, "elsewhere"))
			watchCommits(b, func(cm commit) {
				if cm.topic == "todos" && cm.partition == 0 && cm.offset > 4 && wire.left.Load() > 0 {
					t.Errorf("%d is committed while the batch at 4 cannot be read", cm.offset)
				}
			})
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
			if row.flips == always {
				eventually(t, "Health names the batch", func() bool { return hasReason(r.Health(), eventbus.HealthCorrupt, "todos", 0, 4) })
				for _, reason := range r.Health().Reasons {
					if reason.Topic != "todos" || reason.Partition != 0 || !strings.Contains(reason.Detail, "--topic todos:0") {
						t.Errorf("Health: %+v", reason)
					}
				}
				produce(t, c, raw(t, 2, 4, "afterwards"))
				eventually(t, "others go on", func() bool { return slices.Contains(j.titles(), "afterwards") })
				if got := titlesOf(&j, 0); !cmp.Equal(got, want[:4]) {
					t.Errorf("handled %v", got)
				}
				wire.left.Store(0)
			}
			eventually(t, "all are handled", func() bool { return len(titlesOf(&j, 0)) >= len(want) })
			b.WaitCommitted(group, "todos")
			if diff := cmp.Diff(want, titlesOf(&j, 0)); diff != "" {
				t.Errorf("handled: %s", diff)
			}
			eventually(t, "Health says nothing", func() bool { return r.Health().Ready })
			if got := r.Stats(); got.CorruptBatches == 0 || wire.seen.Load() == 0 || got.OffsetGaps != 0 || got.LostRecords != 0 {
				t.Errorf("%d corrupt batches are counted, %d were sent; %d gaps, %d lost", got.CorruptBatches, wire.seen.Load(), got.OffsetGaps, got.LostRecords)
			}
		})
	}
}

// A batch that claims to be longer than the answer that it is in looks like one that an
// answer ends within, which is nothing special: the client asks for it again, for ever,
// and tells nobody. Health does, and all goes on once it can be read.
func TestC20_ABatchThatIsPassedOverInSilenceIsTold(t *testing.T) {
	t.Parallel()
	const at = 4
	wire := &flipping{spoil: func(answer []byte, i int) {
		batch := bytes.LastIndex(answer[:i], binary.BigEndian.AppendUint64(nil, at)) // its base offset, and then its length
		binary.BigEndian.PutUint32(answer[batch+8:], 1<<20)
	}}
	b := startFaulty(t, wire.option())
	wire.left.Store(1 << 40)
	c := client(t, b.Brokers(), kgo.ProducerBatchCompression(kgo.NoCompression()))
	want := numbered(t, c, 0, at)
	produce(t, c, raw(t, 0, 1, fragile))
	want = append(want, fragile)
	want = append(want, numbered(t, c, at+1, at+4)...)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"socket.timeout.ms": "1000"},
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "Health tells where", func() bool { return hasReason(r.Health(), eventbus.HealthNotFetched, "todos", 0, at) })
	if h := r.Health(); !h.Live || h.Ready || len(h.Reasons) != 1 || !strings.Contains(h.Reasons[0].Detail, "--topic todos:0") {
		t.Errorf("Health: %+v", h)
	}
	produce(t, c, raw(t, 2, 4, "afterwards"))
	eventually(t, "others go on", func() bool { return slices.Contains(j.titles(), "afterwards") })
	if got := titlesOf(&j, 0); !cmp.Equal(got, want[:at]) {
		t.Errorf("handled %v", got)
	}
	wire.left.Store(0)
	eventually(t, "all are handled, and Health says nothing", func() bool { return len(titlesOf(&j, 0)) >= len(want) && r.Health().Ready })
	if diff := cmp.Diff(want, titlesOf(&j, 0)); diff != "" {
		t.Errorf("handled: %s", diff)
	}
	b.WaitCommitted(group, "todos")
}

// A transaction that is under way is nothing to tell of: what is behind its first
// record comes when it ends.
func TestC20_AnOpenTransactionIsNoStandstill(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	c := client(t, b.Brokers(), kgo.TransactionalID("slow"))
	want := numbered(t, client(t, b.Brokers()), 0, 3)
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	want = append(want, numbered(t, c, 3, 6)...)
	var j journal
	var log logBook
	r := consume(t, b, eventbus.ConsumerConfig{
		Logger:   log.logger(),
		Config:   map[string]string{"socket.timeout.ms": "1000"},
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "what is before it is handled", func() bool { return j.len() == 3 })
	var asked atomic.Int32
	b.fake.Cluster().ControlKey(int16(kmsg.ListOffsets), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		asked.Add(1)
		return nil, nil, false
	})
	// Two questions, each for both ends of the log: the first one has been decided upon.
	eventually(t, "it is asked twice where the log ends", func() bool { return asked.Load() >= 4 })
	if h := r.Health(); !h.Ready || j.len() != 3 || strings.Contains(log.text(), "brings no records") {
		t.Errorf("Health: %+v; handled %v; log: %s", h, j.titles(), log.text())
	}
	if err := c.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are handled", func() bool { return j.len() == len(want) })
	if diff := cmp.Diff(want, titlesOf(&j, 0)); diff != "" {
		t.Errorf("handled: %s", diff)
	}
}

// titlesOf are the titles that were handled of a partition, in order.
func titlesOf(j *journal, partition int32) (titles []string) {
	for _, e := range j.all() {
		if e.delivery.Partition == partition {
			titles = append(titles, e.title)
		}
	}
	return titles
}

// Partitions that stand where another one's batch is corrupt are not held for it.
func TestC20_OnlyThePartitionOfTheBatchWaits(t *testing.T) {
	t.Parallel()
	wire := &flipping{}
	b := startFaulty(t, wire.option(), withPartitions("todos", 12))
	wire.left.Store(1 << 40)
	c := client(t, b.Brokers(), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for p := range int32(12) {
		produce(t, c, raw(t, p, int(p), fmt.Sprint("first of ", p)))
	}
	produce(t, c, raw(t, 5, 5, fragile)) // at offset 1, where the others end
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "Health names the batch", func() bool { return hasReason(r.Health(), eventbus.HealthCorrupt, "todos", 5, 1) })
	for p := range int32(12) {
		if p != 5 {
			produce(t, c, raw(t, p, int(p), fmt.Sprint("second of ", p)))
		}
	}
	eventually(t, "the others go on", func() bool { return j.len() == 12+11 })
	time.Sleep(time.Second) //nolint:forbidigo // nothing else may be held meanwhile
	if h := r.Health(); len(h.Reasons) != 1 || !hasReason(h, eventbus.HealthCorrupt, "todos", 5, 1) {
		t.Errorf("Health: %+v", h)
	}
	wire.left.Store(0)
	eventually(t, "all goes on", func() bool { return j.len() == 12+12 && r.Health().Ready })
}
