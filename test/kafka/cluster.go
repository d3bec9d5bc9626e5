package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Cluster is a running Kafka. Its nodes are numbered from 0.
type Cluster struct {
	dir     string
	nodes   []*node
	secured *Security
}

// Start starts a cluster and stops it when the test ends.
func Start(t testing.TB, opts ...Option) *Cluster {
	t.Helper()
	c, err := New(opts...)
	if err != nil {
		t.Fatalf("kafkatest: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.logs())
		}
		if err := c.Close(); err != nil {
			t.Errorf("kafkatest: %v", err)
		}
	})
	return c
}

// New starts a cluster, for TestMain. It must be closed.
func New(opts ...Option) (*Cluster, error) {
	o := options{nodes: 1}
	for _, opt := range opts {
		opt(&o)
	}
	jars, err := jarsDir()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		c, err := once(o, jars)
		// Somebody was quicker to take a port that was free.
		if err == nil || attempt == attempts || !strings.Contains(err.Error(), "Address already in use") {
			return c, err
		}
	}
}

// attempts is how often a start is tried whose ports are taken.
const attempts = 3

func once(o options, jars string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "kafka-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the cluster: %w", err)
	}
	c := &Cluster{dir: dir}
	if err := c.start(o, jars); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) start(o options, jars string) error {
	each := firstOwn + len(o.listeners)
	ports, err := freePorts(each * o.nodes)
	if err != nil {
		return err
	}
	var voters []string
	for i := range o.nodes {
		n := &node{id: i + 1, dir: filepath.Join(c.dir, fmt.Sprint(i+1)), jars: jars, ports: ports[each*i : each*(i+1)]}
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", n.id, n.ports[controller]))
		c.nodes = append(c.nodes, n)
	}
	if o.secured {
		if c.secured, err = newSecurity(c.dir, c.nodes, o.listeners); err != nil {
			return err
		}
	}
	for _, n := range c.nodes {
		if err := n.configure(o, voters, c.secured); err != nil {
			return err
		}
	}
	return c.each(func(n *node) error {
		if err := n.format(c.secured); err != nil {
			return err
		}
		return n.start()
	})
}

// each calls f for all nodes at once: none is up before a majority is.
func (c *Cluster) each(f func(*node) error) error {
	errs := make(chan error)
	for _, n := range c.nodes {
		go func() { errs <- f(n) }()
	}
	var all []error
	for range c.nodes {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// Brokers are the addresses of the plain listeners.
func (c *Cluster) Brokers() []string {
	out := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		out[i] = n.addr(plain)
	}
	return out
}

// Secured describes the secured listeners. It is nil without the option.
func (c *Cluster) Secured() *Security { return c.secured }

// Kill ends a node at once, as a crash does.
func (c *Cluster) Kill(i int) { c.nodes[i].kill() }

// Stop shuts a node down: it hands its partitions over first.
func (c *Cluster) Stop(i int) error { return c.nodes[i].stop() }

// Restart starts a node that was stopped or killed, with its data.
func (c *Cluster) Restart(i int) error { return c.nodes[i].start() }

// Close ends every node and deletes their data.
func (c *Cluster) Close() error {
	for _, n := range c.nodes {
		n.kill()
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("delete the cluster's data: %w", err)
	}
	return nil
}

// logs are the last lines of what the nodes wrote.
func (c *Cluster) logs() string {
	var out strings.Builder
	for _, n := range c.nodes {
		fmt.Fprintf(&out, "node %d:\n%s\n", n.id, n.logTail())
	}
	return out.String()
}

// jarsDir is where `make kafka-jars` puts Kafka.
func jarsDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("where this package lies is unknown: build without -trimpath")
	}
	dir := filepath.Join(filepath.Dir(file), "jars")
	if found, _ := filepath.Glob(filepath.Join(dir, "kafka_*.jar")); len(found) == 0 {
		return "", fmt.Errorf("no Kafka in %s: run make kafka-jars first", dir)
	}
	return dir, nil
}
