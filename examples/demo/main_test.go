package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be the demo's child process.
func TestMain(m *testing.M) {
	if value := os.Getenv(childVariable); value != "" {
		os.Exit(childMain(value))
	}
	// What is said of another Kafka must not reach the broker inside the demo.
	for name, value := range map[string]string{
		"KAFKA_BROKERS": "kafka.example.com:9093", "KAFKA_TLS": "true", "KAFKA_SASL_MECHANISM": "PLAIN", "EVENTCTL_CONTEXT": "elsewhere",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestDemo(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		args []string
		code int
		want []string // parts of what is printed
	}{
		"holds": {nil, 0, []string{"kill -9", "retries_exhausted", "permanent", "not_an_event", "invalid", "The account holds"}},
		"a dropped line is noticed": {[]string{"-sabotage"}, 1, []string{
			"sabotage: line", "K5: analytics-", "was neither handled nor skipped, and is not a dead letter", "The account does not hold", "journals and logs are in",
		}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			dir := filepath.Join(t.TempDir(), "run")
			args := append([]string{"-records", "2000", "-dir", dir}, row.args...)
			if code := run(t.Context(), args, &out, &out); code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			for _, want := range row.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not printed", want)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-records", "10"}, {"now"}, {"-sabotage=perhaps"}} {
		var out bytes.Buffer
		if code := run(t.Context(), args, &out, &out); code != 2 || out.Len() == 0 {
			t.Errorf("%v: exit code %d, printing %q", args, code, out.String())
		}
	}
}
