//go:build !race

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

const someContexts = `contexts:
  none: {}
  unset: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann, password_env: NOT_SET}}
  both: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann, password_env: A, password_file: b}}
  empty: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann, password_file: empty}}
  gone: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann, password_file: gone}}
  no-token: {brokers: [localhost:1], sasl: {mechanism: OAUTHBEARER, token_file: gone}}
  bad-token: {brokers: [localhost:1], sasl: {mechanism: OAUTHBEARER, token_file: empty}}
  no-command: {brokers: [localhost:1], sasl: {mechanism: OAUTHBEARER, token_command: [./gone]}}
  no-secret: {brokers: [localhost:1], sasl: {mechanism: OAUTHBEARER, oidc: {endpoint: "https://idp.example.com/token", client_id: a, client_secret_file: gone}}}
`

// Errors named their subject twice (find topic "orders": topic "orders": …), or
// were no sentence (KAFKA_SASL_PASSWORD: is empty). The golden file is there to
// be read aloud.
func TestErrorsSayWhatIsWrongOnce(t *testing.T) {
	t.Parallel()
	b := cluster(t, broker.Topic{Name: "people"}, broker.Topic{Name: ordersDLQ})
	_, file := withContexts(t, someContexts)
	dir := filepath.Dir(file)
	if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	plain := func(vars ...string) []string { return append([]string{"KAFKA_SASL_MECHANISM=PLAIN"}, vars...) }
	bearer := func(vars ...string) []string { return append([]string{"KAFKA_SASL_MECHANISM=OAUTHBEARER"}, vars...) }
	context := []string{"KAFKA_BROKERS=", "EVENTCTL_CONFIG=" + file}
	var all strings.Builder
	for _, row := range []struct {
		line string
		vars []string
	}{
		{"tail orders", nil},
		{"tail peopel", nil},
		{"dlq list orders.nobody.dlq", nil},
		{"dlq show orders.maile.dlq 0/1", nil},
		{"dlq show orders.mailer.dlq 0/1", nil},
		{`publish OrderPlaced {"order_id":"o-1","amount":3}`, nil},
		{`publish CustomerRegistered {"customer_id":"c-1","email":"a@example.com"} --source %`, nil},
		{"publish OrderPlaced not-JSON", nil},
		{"publish OrderPlaced []", nil},
		{`publish OrderPlaced {"colour":1} --dry-run`, nil},
		{"publish OrderPlaced {} --dry-run", nil},
		{"publish OrderPlaced {} --dry-run --id x", nil},
		{"tail people", plain()},
		{"tail people", plain("KAFKA_SASL_USER=ann")},
		{"tail people", plain("KAFKA_SASL_USER=ann", "KAFKA_SASL_PASSWORD_FILE="+dir+"/gone")},
		{"tail people", plain("KAFKA_SASL_USER=ann", "KAFKA_SASL_PASSWORD_FILE="+dir+"/empty")},
		{"tail people", plain("KAFKA_SASL_USER=ann", "KAFKA_SASL_PASSWORD=x", "KAFKA_SASL_TOKEN=x")},
		{"tail people", bearer()},
		{"tail people", bearer("KAFKA_SASL_USER=ann", "KAFKA_SASL_TOKEN=x")},
		{"tail people", bearer("KAFKA_SASL_TOKEN=x", "KAFKA_OIDC_CLIENT_ID=a")},
		{"tail people", bearer("KAFKA_SASL_TOKEN=x")},
		{"tail people", bearer("KAFKA_SASL_TOKEN_FILE=" + dir + "/gone")},
		{"tail people", bearer("KAFKA_SASL_TOKEN_FILE=" + dir + "/empty")},
		{"tail people", bearer("KAFKA_OIDC_ENDPOINT=http://idp.example.com")},
		{"tail people", []string{"KAFKA_TLS=perhaps"}},
		{"tail people", []string{"KAFKA_TLS_CA=" + dir + "/gone"}},
		{"tail people", []string{"KAFKA_TLS_CA=" + dir + "/empty"}},
		{"tail people", []string{"KAFKA_TLS_KEY=" + dir + "/empty"}},
		{"tail people --context none", context},
		{"tail people --context unset", context},
		{"tail people --context both", context},
		{"tail people --context empty", context},
		{"tail people --context gone", context},
		{"tail people --context no-token", context},
		{"tail people --context bad-token", context},
		{"tail people --context no-command", context},
		{"tail people --context no-secret", context},
		{"tail people --context other", context},
		{"context list", []string{"XDG_CONFIG_HOME=" + dir}},
		{"context use other", []string{"XDG_CONFIG_HOME=" + dir}},
		{"context list", []string{"EVENTCTL_CONFIG=" + dir + "/gone"}},
		{"context list", []string{"EVENTCTL_CONFIG=" + dir}},
		{"context list", []string{"EVENTCTL_CONFIG=" + dir + "/empty"}},
		{"broker --port 0 --data-dir " + file, nil},
		{"list --contracts " + dir + "/gone", nil},
		{"list --contracts " + dir, nil},
		{"list --contracts " + file, nil},
		{"list --services " + dir + "/gone", nil},
	} {
		e := newEventctl(t, b.Addr())
		e.vars = map[string]string{}
		for _, v := range row.vars {
			name, value, _ := strings.Cut(v, "=")
			if e.vars[name] = value; name == "KAFKA_BROKERS" {
				e.brokers = value
			}
		}
		r := e.run(strings.Fields(row.line)...)
		for line := range strings.Lines(r.stderr) {
			if twice := repeated(line); twice != "" {
				t.Errorf("%s eventctl %s says %q twice, or begins in its middle:\n%s", row.vars, row.line, twice, line)
			}
		}
		fmt.Fprintf(&all, "$ %s\n%sexit code %d\n", strings.Join(append(row.vars, "eventctl "+row.line), " "), r.stderr, r.code)
	}
	golden(t, "errors", uuids.ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(all.String(), dir, "DIR"), b.Addr(), "BROKER"), "<id>"))
}

// repeated is a part of an error that ends another one, or that is only the end
// of a sentence.
func repeated(line string) string {
	if strings.HasPrefix(line, " ") { // the field of a payload, and its rule
		return ""
	}
	parts := strings.Split(strings.TrimSpace(line), ": ")
	for i, p := range parts {
		if strings.HasPrefix(p, "is ") && p != "is a directory" || strings.HasPrefix(p, "has ") || strings.HasPrefix(p, "must ") {
			return p
		}
		for _, earlier := range parts[:i] {
			if strings.HasSuffix(earlier, p) {
				return p
			}
		}
	}
	return ""
}
