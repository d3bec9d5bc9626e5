package integration_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// The test binary runs itself as a consumer that can be killed.
const (
	roleVariable    = "INTEGRATION_ROLE"
	brokersVariable = "INTEGRATION_BROKERS"
	journalVariable = "INTEGRATION_JOURNAL"
)

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "consumer" {
		if err := consumerProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	stop, err := startClusters()
	if err != nil {
		stop()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// consumerProcess writes a line for each event that it has handled, in one
// write, and handles key 0 never.
func consumerProcess() error {
	journal, err := os.OpenFile(os.Getenv(journalVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: strings.Split(os.Getenv(brokersVariable), ",")}, Group: group,
		Config: map[string]string{"session.timeout.ms": "1000", "heartbeat.interval.ms": "200", "auto.commit.interval.ms": "100"},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			d, _ := eventbus.DeliveryFrom(ctx)
			if e.GetTodoId() == todoID(0) {
				<-ctx.Done()
				return ctx.Err()
			}
			_, err := fmt.Fprintf(journal, "%d %d\n", d.Partition, d.Offset)
			return err
		})},
	})
	if err != nil {
		return err
	}
	return c.Run(context.Background())
}

// lines reads a journal.
func lines(t *testing.T, file string) [][2]int64 {
	t.Helper()
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var out [][2]int64
	for s := bufio.NewScanner(f); s.Scan(); {
		var l [2]int64
		if _, err := fmt.Sscan(s.Text(), &l[0], &l[1]); err == nil {
			out = append(out, l)
		}
	}
	return out
}

// A killed process loses nothing: every record is handled by it or by its
// successor, and what is delivered again lies above what it had committed.
func TestG1_C7_AKilledConsumerLosesNothing(t *testing.T) {
	t.Parallel()
	killedConsumer(t, startCluster(t))
}

func killedConsumer(t *testing.T, b *cluster) {
	t.Helper()
	const records = 2000
	var recs []*kgo.Record
	for i := range records {
		key := 1 + i%200
		if i == 900 {
			key = 0 // is never handled by the first process: what follows stays unsettled behind it
		}
		recs = append(recs, raw(t, int32(i%3), key, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	file := filepath.Join(t.TempDir(), "journal")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), roleVariable+"=consumer", brokersVariable+"="+b.Brokers()[0], journalVariable+"="+file)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the child has handled all but one", func() bool { return len(lines(t, file)) == records-1 })
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	before := lines(t, file)
	committed := b.Committed(group, "todos")
	if committed[0] > 300 {
		t.Errorf("partition 0: %d is committed while 300 is not handled", committed[0])
	}
	var done ledger
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			d, _ := eventbus.DeliveryFrom(ctx)
			if d.Offset < committed[int(d.Partition)] {
				t.Errorf("partition %d: %d is delivered again, below the commit %d", d.Partition, d.Offset, committed[int(d.Partition)])
			}
			done.add(ctx, e.GetTodoId())
			return nil
		}),
	}})
	b.WaitCommitted(group, "todos")
	handled := map[[2]int64]bool{}
	for _, l := range before {
		handled[l] = true
	}
	done.mu.Lock()
	defer done.mu.Unlock()
	for _, e := range done.entries {
		handled[[2]int64{int64(e.partition), e.offset}] = true
	}
	if len(handled) != records {
		t.Errorf("%d records of %d were handled", len(handled), records)
	}
	if len(done.entries) == 0 {
		t.Error("the successor had nothing to do: the kill hit too late to prove anything")
	}
}

// Run ends in time although the cluster has gone.
func TestG4_RunEndsInTimeWithoutABroker(t *testing.T) {
	t.Parallel()
	const timeout = 4 * time.Second
	var took time.Duration
	for try := range 3 { // the machine may be late, and not each time
		t.Run(fmt.Sprint("try ", try), func(t *testing.T) { //nolint:paralleltest // one after the other
			b, crash := startDoomed(t)
			produce(t, client(t, b.Brokers()), raw(t, 0, 1, "x"))
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: timeout, Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "handled", func() bool { return j.len() == 1 })
			crash()
			began := time.Now()
			err := r.end()
			took = time.Since(began)
			if err != nil && !errors.Is(err, eventbus.ErrCloseTimeout) && !errors.Is(err, eventbus.ErrCommit) {
				t.Errorf("Run: %v", err)
			}
		})
		if took <= timeout+250*time.Millisecond {
			return
		}
	}
	t.Errorf("Run ended %s after its ctx", took)
}
