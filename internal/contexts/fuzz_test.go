package contexts_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/contexts"
)

// FuzzLoad reads any text as a file of contexts: it is refused, or each context of it
// can be shown and made a connection, without running or asking anything.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"", "current: dev\ncontexts:\n  dev: {brokers: [localhost:1], tls: {}, sasl: {mechanism: OAUTHBEARER, token_command: [bin/token]}}\n",
		"contexts: {a: {brokers: ['user:pw@host'], sasl: {mechanism: PLAIN, user: u, password_env: P, password_file: f}}}", "contexts: {a: }", "a: &a [*a]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		getenv := func(name string) string { return map[string]string{contexts.EnvFile: file}[name] }
		c, err := contexts.Load(getenv)
		if err != nil {
			return
		}
		for _, name := range c.Names() {
			_ = c.Summary(name, c.Current, getenv)
			conn, _, err := c.Connection(name, contexts.Environment{Getenv: getenv, Stderr: io.Discard, Warn: func(string) {}})
			if err == nil {
				_ = conn.Problems(nil)
			}
		}
	})
}
