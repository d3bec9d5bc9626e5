package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/cli"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// brokers is the package's cluster.
var brokers []string

// Brokers are the addresses of the package's cluster.
func Brokers() []string { return brokers }

// Main runs a package's tests with one cluster for all of them: that of
// KAFKA_BROKERS, or an Apache Kafka of its own. It has the source topics of the
// todo product. Call it from TestMain.
func Main(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if list := os.Getenv("KAFKA_BROKERS"); list != "" {
		brokers = strings.Split(list, ",")
	} else {
		c, err := kafkatest.New()
		if err != nil {
			fmt.Fprintln(os.Stderr, "interop:", err)
			return 1
		}
		defer func() { _ = c.Close() }() // it dies with this process at the latest
		brokers = c.Brokers()
	}
	if err := applyTopics(nil); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		return 1
	}
	return m.Run()
}

// Group is a consumer group of a test. The cluster is shared, so each test has
// groups of its own, and reads past what other tests have written.
type Group struct {
	Name    string
	Handles []string // event types
}

// CreateTopics creates the dead-letter and redrive topics of groups, by
// eventctl topics apply.
func CreateTopics(t testing.TB, groups ...Group) {
	t.Helper()
	if err := applyTopics(groups); err != nil {
		t.Fatal(err)
	}
}

func applyTopics(groups []Group) error {
	file, err := os.CreateTemp("", "services-*.yaml")
	if err != nil {
		return fmt.Errorf("write services.yaml: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	services := "[]\n"
	for i, g := range groups {
		if i == 0 {
			services = ""
		}
		services += fmt.Sprintf("- service: %s\n  owner: team-test\n  principal: User:%[1]s\n  groups:\n    - name: %[1]s\n      handles: [%s]\n      deploys: [1, 2]\n",
			g.Name, strings.Join(g.Handles, ", "))
	}
	if _, err := file.WriteString(services); err != nil {
		return fmt.Errorf("write services.yaml: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write services.yaml: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	env := cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Dir: Root(), Getenv: func(string) string { return "" }}
	if code := cli.Run(ctx, env, []string{"topics", "apply", "--json", "--replicas", "1", "--brokers", strings.Join(brokers, ","), "--services", file.Name()}); code != 0 {
		return fmt.Errorf("eventctl topics apply: exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	var applied []struct{ Name string }
	if err := json.Unmarshal(stdout.Bytes(), &applied); err != nil {
		return fmt.Errorf("eventctl topics apply: %w\n%s", err, stdout.String())
	}
	var names []string
	for _, topic := range applied {
		names = append(names, topic.Name)
	}
	return visible(ctx, names)
}

// visible waits until every topic has leaders: Kafka answers a creation before
// its nodes know of it.
func visible(ctx context.Context, names []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return fmt.Errorf("look for topics: %w", err)
	}
	defer client.Close()
	for {
		topics, err := kadm.NewClient(client).ListTopics(ctx, names...)
		if err != nil {
			return fmt.Errorf("look for topics: %w", err)
		}
		ready := len(topics) == len(names)
		for _, topic := range topics {
			ready = ready && topic.Err == nil && len(topic.Partitions) > 0
			for _, p := range topic.Partitions {
				ready = ready && p.Leader >= 0
			}
		}
		if ready {
			return nil
		}
		time.Sleep(5 * time.Millisecond) // between two looks; ctx ends them
	}
}

// Root is the repository's root directory.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}
