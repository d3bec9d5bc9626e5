package cli_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// withContexts is an eventctl whose contexts are in text.
func withContexts(t *testing.T, text string) (e *eventctl, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e = newEventctl(t, "")
	e.vars = map[string]string{"EVENTCTL_CONFIG": file}
	return e, file
}

const twoContexts = `# who works where
current: dev # the default
contexts:
  dev:
    brokers: [127.0.0.1:1]
  staging:
    brokers: [kafka-1.staging:9093, kafka-2.staging:9093]
    tls: {ca: staging-ca.pem}
    sasl: {mechanism: SCRAM-SHA-512, user: alice, password_env: STAGING_PASSWORD}
`

func TestContexts(t *testing.T) {
	t.Parallel()
	e, file := withContexts(t, twoContexts)
	want := `CURRENT  NAME     BROKERS                                    TLS  SASL
*        dev      127.0.0.1:1                                off
         staging  kafka-1.staging:9093,kafka-2.staging:9093  on   SCRAM-SHA-512
`
	if diff := cmp.Diff(want, e.ok("context", "list")); diff != "" {
		t.Errorf("context list (-want +got):\n%s", diff)
	}
	want = `context: staging
brokers: kafka-1.staging:9093, kafka-2.staging:9093
tls: on
ca: staging-ca.pem
sasl: SCRAM-SHA-512
user: alice
secret: password in variable STAGING_PASSWORD, which is not set
`
	if diff := cmp.Diff(want, e.ok("context", "show", "staging")); diff != "" {
		t.Errorf("context show (-want +got):\n%s", diff)
	}
	if got := e.ok("context", "use", "staging"); got != "context staging is current\n" {
		t.Errorf("context use prints %q", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(twoContexts, "current: dev # the default", "current: staging", 1), string(text)); diff != "" {
		t.Errorf("context use wrote (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("context use changed the file's mode: %v %v", info.Mode(), err)
	}
	if got := e.ok("context", "show"); !strings.HasPrefix(got, "context: staging\n") {
		t.Errorf("after use, the current context is %q", got)
	}
	if got := e.ok("context", "show", "--json"); !strings.Contains(got, `"secret": "password in variable STAGING_PASSWORD, which is not set"`) {
		t.Errorf("context show --json prints %s", got)
	}
	e.vars["STAGING_PASSWORD"] = "correct horse"
	for _, args := range [][]string{{"context", "show"}, {"context", "show", "--json"}, {"context", "list", "--json"}} {
		if got := e.ok(args...); strings.Contains(got, "horse") {
			t.Errorf("%v shows the password: %s", args, got)
		}
	}
}

// A connection comes from one place: credentials of a context never go to
// brokers that a variable or a flag names.
func TestContextsAndOtherConnections(t *testing.T) {
	t.Parallel()
	cert, ca := certificate(t)
	b := start(t, broker.Config{Options: []kfake.Opt{
		kfake.TLS(&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "ops", "correct horse"),
	}})
	plain := cluster(t)
	text := `current: away
contexts:
  away: {brokers: [127.0.0.1:1]}
  two: {brokers: [127.0.0.1:1, "` + plain.Addr() + `"]}
  here:
    brokers: ["` + b.Addr() + `"]
    tls: {ca: ` + ca + `}
    sasl: {mechanism: scram-sha-256, user: ops, password_file: password}
`
	here := func(t *testing.T) *eventctl {
		e, file := withContexts(t, text)
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), "password"), []byte("correct horse\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return e
	}
	others := func(context string) string {
		return "--brokers: " + plain.Addr() + ` is not a broker of context "` + context + `", and gets none of its credentials: choose the context that has it by --context, or connect without one by --no-context`
	}
	for _, row := range []struct {
		name    string
		brokers string // KAFKA_BROKERS
		vars    map[string]string
		args    []string
		want    string // in stderr; "" for success
	}{
		{name: "a flag", args: []string{"--context", "here"}},
		{name: "a flag before all variables", brokers: "127.0.0.1:2", vars: map[string]string{"EVENTCTL_CONTEXT": "away", "KAFKA_SASL_USER": "nobody"}, args: []string{"--context", "here"}},
		{name: "a variable", vars: map[string]string{"EVENTCTL_CONTEXT": "here"}},
		{name: "a flag changes one value", args: []string{"--context", "two", "--brokers", plain.Addr()}},
		{name: "other brokers than a flag's context", args: []string{"--context", "here", "--brokers", plain.Addr()}, want: others("here")},
		{name: "other brokers than a variable's context", vars: map[string]string{"EVENTCTL_CONTEXT": "here"}, args: []string{"--brokers", plain.Addr()}, want: others("here")},
		{name: "one other broker", args: []string{"--context", "here", "--brokers", b.Addr() + "," + plain.Addr()}, want: others("here")},
		{name: "other brokers than the current context", args: []string{"--brokers", plain.Addr()}, want: others("away")},
		{name: "other brokers and no context", vars: map[string]string{"EVENTCTL_CONTEXT": "here"}, args: []string{"--no-context", "--brokers", plain.Addr()}},
		{name: "two variables and no context", brokers: plain.Addr(), vars: map[string]string{"EVENTCTL_CONTEXT": "here"}, args: []string{"--no-context"}},
		{name: "a context and none", args: []string{"--no-context", "--context", "here"}, want: "--context and --no-context contradict each other"},
		{name: "nothing", args: []string{"--no-context"}, want: "no brokers: give --brokers HOST:PORT"},
		{name: "the environment before the current context", brokers: plain.Addr()},
		{name: "the current context", args: []string{"--timeout", "20s"}, want: "nothing listens at 127.0.0.1:1"},
		{name: "two variables", brokers: plain.Addr(), vars: map[string]string{"EVENTCTL_CONTEXT": "here"}, want: "EVENTCTL_CONTEXT and KAFKA_BROKERS are both set"},
		{name: "no such context", args: []string{"--context", "hera"}, want: `no context "hera" in `},
		{name: "a password of one's own", args: []string{"--context", "here", "--sasl-user", "else", "--timeout", "2s"}, want: "no answer from " + b.Addr()},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := here(t)
			e.brokers = row.brokers
			for k, v := range row.vars {
				e.vars[k] = v
			}
			r := e.run(append([]string{"dlq", "list"}, row.args...)...)
			if row.want == "" && r.code != 0 || row.want != "" && (r.code == 0 || !strings.Contains(r.stderr, row.want)) {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
			if strings.Contains(r.stdout+r.stderr, "horse") {
				t.Errorf("the password is shown: %s%s", r.stdout, r.stderr)
			}
		})
	}
}

func TestContextFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"a secret in the file", "contexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: {mechanism: PLAIN, user: ann, password: s3cret}\n", "line 4: a secret does not belong into this file: say where it is, with password_env: VARIABLE or password_file: FILE"},
		{"an unknown key", "contexts:\n  dev:\n    broker: s3cret\n", "line 3: field broker not found"},
		{"another shape", "contexts:\n  dev:\n    brokers: s3cret\n", "line 3: the value has the wrong shape"},
		{"no YAML", "contexts: [", "contexts: "},
		{"a variable that is not set", "current: dev\ncontexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: {mechanism: PLAIN, user: ann, password_env: NOT_SET}\n", `sasl.password_env of context "dev": variable NOT_SET is not set`},
		{"plaintext to elsewhere", "current: dev\ncontexts:\n  dev: {brokers: [kafka:9092]}\n", `brokers of context "dev": kafka:9092 is not on this host`},
		{"a mechanism without password", "current: dev\ncontexts:\n  dev: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann}}\n", `sasl.password_env or sasl.password_file of context "dev" is empty: PLAIN needs a password`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, _ := withContexts(t, row.text)
			r := e.run("dlq", "list")
			if r.code != 2 || !strings.Contains(r.stderr, row.want) || strings.Contains(r.stderr, "s3cret") {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
		})
	}
	for _, row := range []struct {
		name string
		file string
		mode os.FileMode
		want string
	}{
		{"others may change the contexts", "config.yaml", 0o622, "has mode 0622: others may change it"},
		{"others may change the password", "password", 0o620, "has mode 0620: others may change the secret in it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, file := withContexts(t, "current: dev\ncontexts:\n  dev: {brokers: [localhost:1], sasl: {mechanism: PLAIN, user: ann, password_file: password}}\n")
			dir := filepath.Dir(file)
			if err := os.WriteFile(filepath.Join(dir, "password"), []byte("s3cret"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(dir, row.file), row.mode); err != nil {
				t.Fatal(err)
			}
			r := e.run("dlq", "list")
			if r.code != 2 || !strings.Contains(r.stderr, row.want) {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
		})
	}
}

// Kubernetes mounts secrets with such modes.
func TestContextSecretsThatOthersMayRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, sasl string
		mode       os.FileMode
		warning    string // "" for none
		want       string
	}{
		{name: "a password for its owner", sasl: "{mechanism: PLAIN, user: ann, password_file: secret}", mode: 0o400, want: "nothing listens at localhost:1"},
		{name: "a password for a group", sasl: "{mechanism: PLAIN, user: ann, password_file: secret}", mode: 0o440, warning: "has mode 0440: others on this machine may read the secret in it", want: "nothing listens at localhost:1"},
		{name: "a password for all", sasl: "{mechanism: PLAIN, user: ann, password_file: secret}", mode: 0o644, warning: "has mode 0644: others on this machine may read the secret in it", want: "nothing listens at localhost:1"},
		{name: "a token", sasl: "{mechanism: OAUTHBEARER, token_file: secret}", mode: 0o644, warning: "has mode 0644: others on this machine may read the secret in it", want: "sasl.token_file of context \"dev\": the token in "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, file := withContexts(t, "current: dev\ncontexts:\n  dev: {brokers: [localhost:1], sasl: "+row.sasl+"}\n")
			secret := filepath.Join(filepath.Dir(file), "secret")
			if err := os.WriteFile(secret, []byte("s3cret"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(secret, row.mode); err != nil {
				t.Fatal(err)
			}
			r := e.run("dlq", "list", "--timeout", "1s")
			if r.code != 1 || !strings.Contains(r.stderr, row.want) {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
			warned := 0
			if row.warning != "" {
				warned = 1
			}
			if strings.Count(r.stderr, "warning: ") != warned || !strings.Contains(r.stderr, row.warning) || strings.Contains(r.stderr, "s3cret") {
				t.Errorf("stderr %q, want one warning %q", r.stderr, row.warning)
			}
		})
	}
}

// What a token command prints reaches the broker, or nobody.
func TestContextTokens(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, sasl, want string }{
		{"a command that prints none", `{mechanism: OAUTHBEARER, token_command: [echo, s3cret]}`, "get a token: sasl.token_command of context \"dev\": the output of echo: not a JWT"},
		{"a command that fails", `{mechanism: OAUTHBEARER, token_command: ["false"]}`, "get a token: sasl.token_command of context \"dev\": false: exit status 1"},
		{"a variable without a token", `{mechanism: OAUTHBEARER, token_env: HELD}`, "get a token: sasl.token_env of context \"dev\": not a JWT"},
		{"nothing to get one from", `{mechanism: OAUTHBEARER}`, `sasl.mechanism of context "dev": OAUTHBEARER needs sasl.token_env, token_file or token_command of context "dev" or sasl.oidc of context "dev"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, _ := withContexts(t, "current: dev\ncontexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: "+row.sasl+"\n")
			e.vars["HELD"] = "s3cret"
			r := e.run("dlq", "list", "--timeout", "3s")
			if r.code == 0 || !strings.Contains(r.stderr, row.want) || strings.Contains(r.stderr, "s3cret") {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
		})
	}
}

// The current context is the one that commands use, whoever chooses it: list marked the
// file's, although the variable chose another.
func TestTheCurrentContextIsTheOneThatIsUsed(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, variable, brokers string
		marked                  string // "" for none
		note                    string
	}{
		{"file", "", "", "dev", ""},
		{"variable", "staging", "", "staging", "note: EVENTCTL_CONTEXT chooses staging, and not the file's current context\n"},
		{"the same by the variable", "dev", "", "dev", ""},
		{"unknown", "gone", "", "", "note: EVENTCTL_CONTEXT chooses gone, and not the file's current context\n"},
		{"environment", "", "127.0.0.1:1", "", "note: KAFKA_BROKERS is set, so that no context is used unless --context gives one\n"},
		{"contradiction", "staging", "127.0.0.1:1", "", "note: EVENTCTL_CONTEXT and KAFKA_BROKERS are both set, and contradict each other: unset one\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, _ := withContexts(t, twoContexts)
			e.brokers = row.brokers
			e.vars["EVENTCTL_CONTEXT"] = row.variable
			r := e.run("context", "list")
			marked := ""
			for line := range strings.Lines(r.stdout) {
				if rest, ok := strings.CutPrefix(line, "*"); ok {
					marked += strings.Fields(rest)[0]
				}
			}
			if marked != row.marked || r.stderr != row.note {
				t.Errorf("marked %q, want %q; stderr %q, want %q", marked, row.marked, r.stderr, row.note)
			}
			shown := e.run("context", "show")
			if row.marked != "" && !strings.HasPrefix(shown.stdout, "context: "+row.marked+"\n") {
				t.Errorf("show prints %s", shown.stdout)
			}
			used := e.run("context", "use", "dev")
			if want := map[bool]string{true: "context dev is current\n", false: "context dev is the file's current one\n"}[row.marked == "dev"]; used.stdout != want {
				t.Errorf("use prints %q, want %q", used.stdout, want)
			}
		})
	}
}
