package cli_test

import (
	"net"
	"strings"
	"testing"
	"time"
)

// A person who has not started a broker waited 8 s to hear of it.
func TestARefusedConnectionOnThisMachineIsToldSoon(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	e := newEventctl(t, addr)
	for _, args := range []string{"topics apply", "tail orders", "dlq list", "groups list", "publish OrderPlaced --example"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			r := e.run(strings.Fields(args)...)
			if r.code != 1 || !strings.Contains(r.stderr, "KAFKA_BROKERS: nothing listens at "+addr+": the connection is refused: start a broker there") {
				t.Errorf("%d %s", r.code, r.stderr)
			}
			if took := time.Since(began); took > 4*time.Second { // 1.5 s, and what a busy machine adds
				t.Errorf("it took %s", took)
			}
		})
	}
}

// What a variable holds was blamed on the flag that nobody had given.
func TestAWrongVariableIsBlamedOnItself(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "kafka:nine")
	if r := e.run("groups", "list"); r.code != 2 || !strings.Contains(r.stderr, `KAFKA_BROKERS: "kafka:nine" has no port`) || strings.Contains(r.stderr, "--brokers") {
		t.Errorf("from the variable: %d %s", r.code, r.stderr)
	}
	if r := e.run("groups", "list", "--brokers", "kafka:ten"); r.code != 2 || !strings.Contains(r.stderr, `--brokers: "kafka:ten" has no port`) || strings.Contains(r.stderr, "KAFKA_BROKERS") {
		t.Errorf("from the flag: %d %s", r.code, r.stderr)
	}
	e = newEventctl(t, "kafka.example:9092")
	if r := e.run("groups", "list"); r.code != 2 || !strings.Contains(r.stderr, "KAFKA_BROKERS: kafka.example:9092 is not on this host: set --tls, or --insecure to send plaintext") {
		t.Errorf("a remote broker: %d %s", r.code, r.stderr)
	}
}
