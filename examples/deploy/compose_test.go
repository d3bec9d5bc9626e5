package deploy_test

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

type compose struct {
	Services map[string]struct {
		Image    string
		Profiles []string
		Build    struct {
			Context, Dockerfile string
			Args                map[string]string
		}
		Environment map[string]string
		Ports       []string
		Grace       time.Duration `yaml:"stop_grace_period"`
	}
}

// properties are the settings of the tests' broker as the code has them, apart
// from those that only make tests quick and small.
func properties(t *testing.T) map[string]string {
	t.Helper()
	text := read(t, "test/kafka/node.go")
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)+)=([a-z,0-9]+)"`).FindAllStringSubmatch(text, -1) {
		if timing := regexp.MustCompile(`^(group\.(min|consumer)|broker|log\.cleaner)\.`); !timing.MatchString(m[1]) {
			out[m[1]] = m[2]
		}
	}
	// Of one node: one replica of everything.
	for _, m := range regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)+)=%d", (replicas|inSync)\)`).FindAllStringSubmatch(text, -1) {
		out[m[1]] = "1"
	}
	for _, topic := range []string{"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"} {
		if !strings.Contains(text, `"`+topic+`"`) {
			t.Errorf("the tests' broker has no %s", topic)
		}
		out[topic+".replication.factor"], out[topic+".num.partitions"] = "1", "1"
		if topic != "offsets.topic" {
			out[topic+".min.isr"] = "1"
		}
	}
	return out
}

// The broker of compose.yaml is the one that the tests run on.
func TestComposeIsTheBrokerOfTheTests(t *testing.T) {
	t.Parallel()
	var c compose
	readYAML(t, "compose.yaml", &c)
	k := c.Services["kafka"]
	version := regexp.MustCompile(`<version>(4\.\d+\.\d+)</version>`).FindAllStringSubmatch(read(t, "test/kafka/pom.xml"), -1)
	if len(version) == 0 || k.Image != "apache/kafka:"+slices.MaxFunc(version, func(a, b []string) int { return strings.Compare(a[1], b[1]) })[1] {
		t.Errorf("image %s, and the tests run %v", k.Image, version)
	}
	want := properties(t)
	if len(want) < 12 {
		t.Errorf("only %d properties were found: %v", len(want), want)
	}
	for _, property := range slices.Sorted(maps.Keys(want)) {
		name := "KAFKA_" + strings.ToUpper(strings.ReplaceAll(property, ".", "_"))
		if got := k.Environment[name]; got != want[property] {
			t.Errorf("%s is %q, and %s of the tests' broker is %q", name, got, property, want[property])
		}
	}
	// Plaintext Kafka was published on all interfaces, under the word that nothing leaves
	// this machine.
	for name, s := range c.Services {
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s on more than this machine", name, port)
			}
		}
	}
	listeners := map[string]string{}
	for l := range strings.SplitSeq(k.Environment["KAFKA_ADVERTISED_LISTENERS"], ",") {
		name, addr, _ := strings.Cut(l, "://")
		listeners[name] = addr
	}
	if listeners["HOST"] != "localhost:9092" || !slices.Contains(k.Ports, "127.0.0.1:9092:9092") {
		t.Errorf("this machine is told to use %q, and the ports are %v", listeners["HOST"], k.Ports)
	}
	for name, addr := range listeners {
		_, port, _ := strings.Cut(addr, ":")
		if !strings.Contains(k.Environment["KAFKA_LISTENERS"], name+"://:"+port) || !strings.Contains(k.Environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"], name+":PLAINTEXT") {
			t.Errorf("nothing listens on %s, %s", name, addr)
		}
	}
	for name := range names {
		s := c.Services[name]
		if s.Build.Args["SERVICE"] != name || s.Build.Dockerfile != "examples/Dockerfile" || s.Build.Context != "." || !slices.Contains(s.Profiles, "examples") {
			t.Errorf("%s: %+v", name, s)
		}
		if s.Environment["KAFKA_BROKERS"] != listeners["COMPOSE"] {
			t.Errorf("%s is told %q, and the broker is %q", name, s.Environment["KAFKA_BROKERS"], listeners["COMPOSE"])
		}
		for variable := range s.Environment {
			isRead(t, name, variable)
		}
		p, _ := deployment(t, name)
		if want := time.Duration(p.Grace) * time.Second; s.Grace != want {
			t.Errorf("%s: stop_grace_period %s, want %s", name, s.Grace, want)
		}
	}
}

func status(ctx context.Context, t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}
