package broker

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
)

// minSessionTimeout is the shortest group session that the broker grants, far
// below Kafka's 6 s, so that a test of a lost member need not wait that long.
const minSessionTimeout = 100 * time.Millisecond

// Topic is a topic to create at start.
type Topic struct {
	// Config holds Kafka topic configurations by their Kafka names. The broker
	// accepts any value, bad ones included: whoever makes them checks them.
	Config map[string]string

	// Name is the topic's Kafka name.
	Name string

	// Partitions is the number of partitions. Defaults to 1.
	Partitions int
}

// Config says how the broker runs. The zero value is one broker in memory on
// a free port, without topics.
type Config struct {
	// Brokers is the number of brokers of the cluster. Defaults to 1. A topic's
	// replication factor may not exceed it.
	Brokers int

	// DataDir keeps topics, records and group offsets in a directory across
	// restarts. It is created if it does not exist. Defaults to none: memory.
	DataDir string

	// Options go to the fake as they are, for tests that inject faults.
	Options []kfake.Opt

	// Port is the first broker's TCP port on localhost; further brokers take
	// the ports after it. Defaults to free ports.
	Port int

	// Topics are created at start. One that DataDir already holds is left as
	// it is.
	Topics []Topic
}

// Broker is a running broker.
type Broker struct {
	cluster *kfake.Cluster
	addrs   []string
	turns   *turns
	close   sync.Once
	release func() // of the data directory
}

// Start starts a broker and creates its topics. The caller must Close it.
func Start(cfg Config) (*Broker, error) {
	if cfg.Brokers == 0 {
		cfg.Brokers = 1
	}
	if cfg.Brokers < 0 || cfg.Port < 0 || cfg.Port+cfg.Brokers-1 > 65535 {
		return nil, fmt.Errorf("start broker: %d brokers from port %d: give at least one broker and ports below 65536", cfg.Brokers, cfg.Port)
	}
	opts := []kfake.Opt{kfake.NumBrokers(cfg.Brokers), kfake.GroupMinSessionTimeout(minSessionTimeout)}
	if cfg.Port != 0 {
		ports := make([]int, cfg.Brokers)
		for i := range ports {
			ports[i] = cfg.Port + i
		}
		opts = append(opts, kfake.Ports(ports...))
	}
	release := func() {}
	if cfg.DataDir != "" {
		var err error
		if release, err = lockDir(cfg.DataDir); err != nil {
			return nil, err
		}
		opts = append(opts, kfake.DataDir(cfg.DataDir))
	}
	cluster, err := kfake.NewCluster(append(opts, cfg.Options...)...)
	if err != nil {
		release()
		return nil, startError(cfg, err)
	}
	b := &Broker{cluster: cluster, addrs: cluster.ListenAddrs(), turns: takeTurns(cluster), release: release}
	for _, t := range cfg.Topics {
		if err := b.CreateTopic(t); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

func startError(cfg Config, err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("start broker: port %d is taken: choose another one or stop the process that holds it: %w", cfg.Port, err)
	case errors.As(err, &op) || cfg.DataDir == "":
		return fmt.Errorf("start broker: %w", err)
	default:
		return fmt.Errorf("start broker on data directory %s: %w", cfg.DataDir, err)
	}
}

// CreateTopic creates a topic. It fails if there is one of that name, or one
// whose name differs from it only in '.' and '_'.
func (b *Broker) CreateTopic(t Topic) error {
	if t.Partitions == 0 {
		t.Partitions = 1
	}
	if err := b.cluster.CreateTopic(t.Name, int32(t.Partitions), t.Config); err != nil {
		if errors.Is(err, kerr.InvalidTopicException) {
			return fmt.Errorf("create topic %q: the name is not valid, or differs from another topic's only in '.' and '_': %w", t.Name, err)
		}
		return fmt.Errorf("create topic %q: %w", t.Name, err)
	}
	return nil
}

// Addr is the first broker's address, host:port.
func (b *Broker) Addr() string { return b.addrs[0] }

// Addrs are the addresses of all brokers.
func (b *Broker) Addrs() []string { return slices.Clone(b.addrs) }

// Cluster is the fake itself, for tests that inject faults.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close stops the broker, and with DataDir writes what is left to disk. It is
// safe to call more than once.
func (b *Broker) Close() {
	b.close.Do(func() {
		b.turns.end()
		b.cluster.Close()
		b.release()
	})
}

// Committed are the offsets that a group has committed, by topic and
// partition; a partition without a commit is absent.
func (b *Broker) Committed(group string) map[string]map[int]int64 {
	info := b.cluster.GroupInfo(group)
	if info == nil {
		return map[string]map[int]int64{}
	}
	out := make(map[string]map[int]int64, len(info.Commits))
	for topic, parts := range info.Commits {
		offsets := make(map[int]int64, len(parts))
		for p, c := range parts {
			offsets[int(p)] = c.Offset
		}
		out[topic] = offsets
	}
	return out
}

// HasGroup reports whether anybody has joined a group or committed for it.
func (b *Broker) HasGroup(group string) bool { return b.cluster.GroupInfo(group) != nil }

// Members is how many members a group has.
func (b *Broker) Members(group string) int {
	if info := b.cluster.GroupInfo(group); info != nil {
		return len(info.Members)
	}
	return 0
}

// TopicInfo is what the broker knows of one topic.
type TopicInfo struct {
	Config     map[string]string
	Partitions []PartitionInfo
}

// PartitionInfo bounds one partition's log.
type PartitionInfo struct {
	Start int64 // offset of the first record that can be read
	End   int64 // offset that the next record will have

	// Stable is where a read_committed reader stops: End, or the first record
	// of a transaction that is still open.
	Stable int64
}

// Topic describes a topic; ok is false if there is none of that name.
func (b *Broker) Topic(name string) (info TopicInfo, ok bool) {
	t := b.cluster.TopicInfo(name)
	if t == nil {
		return TopicInfo{}, false
	}
	info.Config = make(map[string]string, len(t.Configs))
	for k, v := range t.Configs {
		if v != nil {
			info.Config[k] = *v
		}
	}
	for _, p := range b.cluster.PartitionInfos(name) {
		info.Partitions = append(info.Partitions, PartitionInfo{Start: p.LogStartOffset, End: p.HighWatermark, Stable: p.LastStableOffset})
	}
	return info, true
}
