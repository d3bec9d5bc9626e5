package target_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/examples/internal/target"
)

func TestEnviron(t *testing.T) {
	for name, value := range map[string]string{"KAFKA_TLS": "true", "KAFKA_BROKERS": "elsewhere:9092", "EVENTCTL_CONTEXT": "elsewhere", "OTHER": "stays"} {
		t.Setenv(name, value)
	}
	for embedded, tls := range map[bool]string{true: "", false: "true"} {
		environ := target.Environ("a:1,b:2", embedded)
		for name, want := range map[string]string{"KAFKA_TLS": tls, "KAFKA_BROKERS": "a:1,b:2", "EVENTCTL_CONTEXT": "", "OTHER": "stays"} {
			if got := target.Getenv(environ, name); got != want {
				t.Errorf("embedded %t: %s=%q, want %q", embedded, name, got, want)
			}
		}
		if slices.Contains(environ, "KAFKA_BROKERS=elsewhere:9092") {
			t.Error("the other brokers are named too")
		}
	}
}

func TestHint(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "")
	t.Setenv("SOME_BROKERS", "")
	if got := target.Hint("SOME_BROKERS"); got != "" {
		t.Errorf("nothing is set: %q", got)
	}
	t.Setenv("KAFKA_BROKERS", "a:1")
	if got := target.Hint("SOME_BROKERS"); !strings.Contains(got, "SOME_BROKERS=host:9092") {
		t.Errorf("KAFKA_BROKERS is set: %q", got)
	}
	t.Setenv("SOME_BROKERS", "a:1")
	if got := target.Hint("SOME_BROKERS"); got != "" {
		t.Errorf("both are set: %q", got)
	}
}

// Topics that exist may be somebody's, whether or not they are as the contracts say.
func TestCheckNew(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]string{
		`[]`:                                  "",
		`[{"name": "a", "action": "create"}]`: "",
		`[{"name": "a", "action": "create"}, {"name": "b", "action": "exists"}]`: "in use: b. Nothing was written",
		`[{"name": "b", "action": "differs"}]`:                                   "in use: b. Nothing",
		`[{"name": "a", "action": "failed"}]`:                                    "in use: a. Nothing",
		`[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"},{"name":"e"}]`:     "in use: a, b, c, 2 more. Nothing",
		`x`: "dry-run",
	} {
		err := target.CheckNew([]byte(plan))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", plan, err, want)
		}
	}
}
