package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// shop is the contracts that the tests work on.
var shop = filepath.Join("testdata", "shop")

// result is what one command line did.
type result struct {
	code           int
	stdout, stderr string
}

// eventctl runs commands against one broker, or none.
type eventctl struct {
	t       *testing.T
	dir     string
	brokers string
	vars    map[string]string
	state   string // where audit records are kept
	stdin   io.Reader
}

func newEventctl(t *testing.T, brokers string) *eventctl {
	t.Helper()
	dir, err := filepath.Abs(shop)
	if err != nil {
		t.Fatal(err)
	}
	return &eventctl{t: t, dir: dir, brokers: brokers, state: t.TempDir()}
}

func (e *eventctl) env(stdout, stderr io.Writer) cli.Env {
	stdin := e.stdin
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	return cli.Env{Stdin: stdin, Stdout: stdout, Stderr: stderr, Dir: e.dir, Getenv: func(key string) string {
		switch {
		case key == "KAFKA_BROKERS":
			return e.brokers
		case key == "XDG_STATE_HOME" && e.vars[key] == "":
			return e.state
		}
		return e.vars[key]
	}}
}

func (e *eventctl) run(args ...string) result {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, e.env(&stdout, &stderr), args)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// ok runs a command that must succeed and returns what it printed.
func (e *eventctl) ok(args ...string) string {
	e.t.Helper()
	r := e.run(args...)
	if r.code != 0 {
		e.t.Fatalf("eventctl %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// running is a command that goes on until it is interrupted.
type running struct {
	t      *testing.T
	cancel context.CancelFunc
	done   chan int
	mu     sync.Mutex
	out    bytes.Buffer
	more   chan struct{}
}

func (e *eventctl) start(args ...string) *running {
	ctx, cancel := context.WithCancel(e.t.Context())
	r := &running{t: e.t, cancel: cancel, done: make(chan int, 1), more: make(chan struct{}, 1)}
	go func() { r.done <- cli.Run(ctx, e.env(r, r), args) }()
	e.t.Cleanup(cancel)
	return r
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Write(p)
	select {
	case r.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (r *running) printed() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

// wait waits until the command has printed text.
func (r *running) wait(text string) string {
	r.t.Helper()
	timeout := time.After(time.Minute)
	for {
		if out := r.printed(); strings.Contains(out, text) {
			return out
		}
		select {
		case <-r.more:
		case <-timeout:
			r.t.Fatalf("the command never printed %q, but:\n%s", text, r.printed())
		}
	}
}

// interrupt ends the command as Ctrl-C does and returns its exit code.
func (r *running) interrupt() int {
	r.t.Helper()
	r.cancel()
	return r.ended()
}

// ended waits until the command has ended and returns its exit code.
func (r *running) ended() int {
	r.t.Helper()
	select {
	case code := <-r.done:
		return code
	case <-time.After(time.Minute):
		r.t.Fatalf("the command did not end, but printed:\n%s", r.printed())
		return -1
	}
}

// cluster starts a broker that has no topics yet.
func cluster(t *testing.T, topics ...broker.Topic) *broker.Broker {
	t.Helper()
	return start(t, broker.Config{Topics: topics})
}

func start(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// write writes records byte for byte, with a client that is not ours.
func write(t *testing.T, b *broker.Broker, recs ...*kgo.Record) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, r := range recs {
		if err := c.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads what a topic holds, with a client that is not ours.
func readAll(t *testing.T, b *broker.Broker, topic string) []*kgo.Record {
	t.Helper()
	info, ok := b.Topic(topic)
	if !ok {
		t.Fatalf("topic %q does not exist", topic)
	}
	var want int64
	for _, p := range info.Partitions {
		want += p.End - p.Start
	}
	if want == 0 {
		return nil
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out []*kgo.Record
	for int64(len(out)) < want {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}

var (
	times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`) // those that commands make
	words = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
)

// golden compares output with a file of testdata; a missing file means that
// nothing is expected. UPDATE_GOLDEN=<glob> of names refreshes it, and fails
// all the same, so that it is never left on.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = times.ReplaceAllString(got, "<time>")
	path := filepath.Join("testdata", "golden", name)
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if match, err := filepath.Match(pattern, name); err != nil || match {
			if err != nil {
				t.Fatalf("UPDATE_GOLDEN: %v", err)
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", path)
			return
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
