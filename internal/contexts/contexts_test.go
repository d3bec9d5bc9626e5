package contexts_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contexts"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// write writes a file of contexts and returns the variables with which it is read.
func write(t *testing.T, text string) (file string, vars map[string]string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, map[string]string{contexts.EnvFile: file}
}

func load(t *testing.T, vars map[string]string) *contexts.File {
	t.Helper()
	f, err := contexts.Load(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestConnection(t *testing.T) {
	t.Parallel()
	file, vars := write(t, `contexts:
  staging:
    brokers: [kafka-1:9093]
    tls: {ca: staging.pem, cert: /etc/client.pem}
    sasl: {mechanism: plain, user: ann, password_file: password}
  oidc:
    brokers: [kafka-1:9093]
    sasl: {mechanism: OAUTHBEARER, oidc: {endpoint: "https://id", client_id: ann, client_secret_env: SECRET, ca: id.pem}}
`)
	dir := filepath.Dir(file)
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("correct horse\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	vars["SECRET"] = "battery"
	var warnings []string
	env := contexts.Environment{Getenv: func(name string) string { return vars[name] }, Stderr: io.Discard, Warn: func(text string) { warnings = append(warnings, text) }}
	conn, named, err := load(t, vars).Connection("staging", env)
	if err != nil {
		t.Fatal(err)
	}
	// A connection prints without its password.
	if conn.SASL.Password != "correct horse" {
		t.Errorf("the password has %d bytes, want it without its line's end", len(conn.SASL.Password))
	}
	want := kafkaconn.TLS{CAFile: filepath.Join(dir, "staging.pem"), CertFile: "/etc/client.pem"}
	if diff := cmp.Diff(want, *conn.TLS); diff != "" || conn.SASL.Mechanism != "PLAIN" {
		t.Errorf("mechanism %s, TLS (-want +got):\n%s", conn.SASL.Mechanism, diff)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "has mode 0644") {
		t.Errorf("warnings %q, want one of the password's file", warnings)
	}
	for field, want := range map[string]string{
		"SASL.Password": `sasl.password_file of context "staging"`,
		"SASL.Token":    `sasl.token_env, token_file or token_command of context "staging"`,
		"TLS.CAFile":    `tls.ca of context "staging"`,
	} {
		if got := named(field); got != want {
			t.Errorf("%s is named %q, want %q", field, got, want)
		}
	}
	conn, _, err = load(t, vars).Connection("oidc", env)
	if err != nil {
		t.Fatal(err)
	}
	if o := conn.SASL.OIDC; o.ClientSecret != "battery" || o.CAFile != filepath.Join(dir, "id.pem") {
		t.Errorf("OIDC = %v", o)
	}
	if _, _, err := load(t, vars).Connection("stagin", env); err == nil || !strings.Contains(err.Error(), "did you mean staging?") {
		t.Errorf("a context that is not there: %v", err)
	}
}

func TestWhereTheFileIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place := filepath.Join(dir, "eventctl", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(place, []byte("contexts: {here: {brokers: [localhost:1]}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := load(t, map[string]string{"XDG_CONFIG_HOME": dir, "HOME": t.TempDir()}).Names(); !cmp.Equal(got, []string{"here"}) {
		t.Errorf("contexts of XDG_CONFIG_HOME: %q", got)
	}
	for _, row := range []struct {
		vars map[string]string
		want string
	}{
		{nil, "set EVENTCTL_CONFIG to a file of contexts"},
		{map[string]string{"HOME": dir}, "config.yaml does not exist: eventctl context --help shows how to write it"},
	} {
		if f := load(t, row.vars); len(f.Names()) != 0 || !strings.Contains(f.Empty(), row.want) {
			t.Errorf("%v: %q because %q, want none because %q", row.vars, f.Names(), f.Empty(), row.want)
		}
	}
	missing := filepath.Join(dir, "missing.yaml")
	if _, err := contexts.Load(func(name string) string { return map[string]string{contexts.EnvFile: missing}[name] }); err == nil {
		t.Error("a file that EVENTCTL_CONFIG names and that does not exist is read")
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"another one", "# mine\ncurrent: a # soon b\ncontexts: {a: {}, b: {}}\n", "# mine\ncurrent: b\ncontexts: {a: {}, b: {}}\n"},
		{"the first", "contexts: {a: {}, b: {}}\n", "current: b\ncontexts: {a: {}, b: {}}\n"},
		{"one flow mapping", "{current: a, contexts: {a: {}, b: {}}}\n", ""},
		{"a text that looks like the line", "contexts:\n  a: {}\n  b:\n    brokers: ['\ncurrent: x\n']\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			file, vars := write(t, row.text)
			link := filepath.Join(t.TempDir(), "link.yaml")
			if err := os.Symlink(file, link); err != nil {
				t.Fatal(err)
			}
			vars[contexts.EnvFile] = link
			err := load(t, vars).Use("b")
			text, readErr := os.ReadFile(file)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if row.want == "" {
				if err == nil || string(text) != row.text {
					t.Errorf("error %v, and the file is\n%s\nwant it refused and unchanged", err, text)
				}
				return
			}
			if diff := cmp.Diff(row.want, string(text)); err != nil || diff != "" {
				t.Errorf("error %v, file (-want +got):\n%s", err, diff)
			}
			if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("the link to the file is gone: %v %v", info, err)
			}
		})
	}
}
