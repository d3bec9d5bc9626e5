package kafkatest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The listeners of a node, as indexes into its ports.
const (
	plain = iota
	controller
	sasl
	passwords
	mtls
	firstOwn // of option Listener
)

// startLimit is for a machine that does much else.
const startLimit = 2 * time.Minute

// node is one broker, which is a controller too.
type node struct {
	id    int
	dir   string
	jars  string
	ports []int

	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has
}

func (n *node) addr(listener int) string { return fmt.Sprintf("127.0.0.1:%d", n.ports[listener]) }

func (n *node) properties() string { return filepath.Join(n.dir, "server.properties") }
func (n *node) log() string        { return filepath.Join(n.dir, "server.log") }

// configure writes the node's properties.
func (n *node) configure(o options, voters []string, s *Security) error {
	replicas := min(o.nodes, 3)
	inSync := max(replicas-1, 1)
	lines := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", n.id),
		"controller.quorum.voters=" + strings.Join(voters, ","),
		"controller.listener.names=CONTROLLER",
		"log.dirs=" + filepath.Join(n.dir, "data"),
		fmt.Sprintf("default.replication.factor=%d", replicas),
		fmt.Sprintf("min.insync.replicas=%d", inSync),
		"auto.create.topics.enable=false",
		// Small: a machine runs several of these beside the tests.
		"log.cleaner.dedupe.buffer.size=2097152",
		// Quick: what a person would wait for, tests need not.
		"group.initial.rebalance.delay.ms=0",
		"group.min.session.timeout.ms=500",
		"group.consumer.min.heartbeat.interval.ms=200",
		"group.consumer.heartbeat.interval.ms=200",
		"group.consumer.min.session.timeout.ms=500",
		"group.consumer.assignment.interval.ms=0",
		"broker.heartbeat.interval.ms=500",
		"broker.session.timeout.ms=3000",
	}
	for _, topic := range []string{"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"} {
		lines = append(lines, fmt.Sprintf("%s.replication.factor=%d", topic, replicas), topic+".num.partitions=1")
		if topic != "offsets.topic" {
			lines = append(lines, fmt.Sprintf("%s.min.isr=%d", topic, inSync))
		}
	}
	listeners := []string{"PLAINTEXT://" + n.addr(plain), "CONTROLLER://" + n.addr(controller)}
	protocols := []string{"PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"}
	if s != nil {
		listeners = append(listeners, "SASL://"+n.addr(sasl), "PASSWORDS://"+n.addr(passwords), "MTLS://"+n.addr(mtls))
		protocols = append(protocols, "SASL:SASL_SSL", "PASSWORDS:SASL_SSL", "MTLS:SSL")
		for i, l := range o.listeners {
			listeners = append(listeners, strings.ToUpper(l.name)+"://"+n.addr(firstOwn+i))
			protocols = append(protocols, strings.ToUpper(l.name)+":SSL")
		}
		lines = append(lines, s.properties()...)
	}
	lines = append(lines, "listeners="+strings.Join(listeners, ","), "listener.security.protocol.map="+strings.Join(protocols, ","))
	for _, p := range o.properties {
		if p.node == every || p.node == n.id-1 {
			lines = append(lines, p.key+"="+p.value)
		}
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of node %d: %w", n.id, err)
	}
	if err := os.WriteFile(n.properties(), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the properties of node %d: %w", n.id, err)
	}
	return nil
}

// java is a command of Kafka's, with little memory and no time spent on
// optimising.
func (n *node) java(args ...string) *exec.Cmd {
	cmd := exec.Command("java", append([]string{
		"-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dlog4j2.level=INFO", "-cp", filepath.Join(n.jars, "*"),
	}, args...)...)
	cmd.SysProcAttr = diesWithParent()
	return cmd
}

// format prepares the data folder, and creates the users of s.
func (n *node) format(s *Security) error {
	args := []string{"kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", n.properties()}
	if s != nil {
		args = append(args, s.formatArgs()...)
	}
	if out, err := n.java(args...).CombinedOutput(); err != nil {
		return fmt.Errorf("format the storage of node %d: %w\n%s", n.id, err, out)
	}
	return nil
}

// start starts the node and returns when it serves.
func (n *node) start() error {
	log, err := os.Create(n.log())
	if err != nil {
		return fmt.Errorf("start node %d: %w", n.id, err)
	}
	defer func() { _ = log.Close() }() // the child has its own
	cmd := n.java("kafka.Kafka", n.properties())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start node %d: %w", n.id, err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how a killed process ended says nothing
	}()
	n.cmd, n.exited = cmd, exited
	deadline := time.After(startLimit)
	for {
		if b, err := os.ReadFile(n.log()); err == nil && bytes.Contains(b, []byte("Kafka Server started")) {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("node %d ended while it started:\n%s", n.id, n.logTail())
		case <-deadline:
			n.kill()
			return fmt.Errorf("node %d did not start within %s:\n%s", n.id, startLimit, n.logTail())
		case <-time.After(20 * time.Millisecond): // between two looks at the log
		}
	}
}

func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.exited
	n.cmd = nil
}

func (n *node) stop() error {
	if n.cmd == nil {
		return errors.New("the node does not run")
	}
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop node %d: %w", n.id, err)
	}
	<-n.exited
	n.cmd = nil
	return nil
}

// logTail is the end of the node's log.
func (n *node) logTail() string {
	b, err := os.ReadFile(n.log())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

// freePorts finds ports that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = l.Close() }() // together, so that none is given twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
