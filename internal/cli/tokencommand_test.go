package cli_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// jwt is a token that nobody signed.
func jwt(expires time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":"ann","exp":%d}`, expires.Unix())) + "."
}

// A token command runs once for all clients of a command, fails once, and ends
// in time.
func TestContextTokenCommandRunsOnce(t *testing.T) {
	t.Parallel()
	valid := "echo " + jwt(time.Now().Add(time.Hour))
	for _, row := range []struct {
		name, script, timeout string
		want                  string
	}{
		{"a token", valid, "20s", "nothing listens at localhost:1"},
		{"a failure", "echo log in first >&2; exit 3", "1m", "log in first\neventctl: get a token: sasl.token_command of context \"dev\": sh: exit status 3\n"},
		{"an expired token", "echo " + jwt(time.Now().Add(-time.Hour)), "1m", "the output of sh: the token has expired"},
		{"no end", "exec sleep 300", "1s", "sh has not ended in time: --timeout"},
		{"output that a child keeps open", valid + "; sleep 300 & echo $! >child", "3s", "nothing listens at localhost:1"},
		{"no end, and output that a child keeps open", "sleep 300 & echo $! >child; wait", "1s", "sh has not ended in time"},
		{"no input", "cat; " + valid, "20s", "nothing listens at localhost:1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			script := filepath.Join(dir, "token")
			if err := os.WriteFile(script, []byte("cd '"+dir+"'\necho >>runs\n"+row.script+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { endChild(t, filepath.Join(dir, "child")) })
			e, _ := withContexts(t, "current: dev\ncontexts:\n  dev:\n    brokers: [localhost:1]\n    sasl: {mechanism: OAUTHBEARER, token_command: [sh, \""+script+"\"]}\n")
			e.stdin = strings.NewReader("an event")
			began := time.Now()
			r := e.run("dlq", "list", "--timeout", row.timeout)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
			if r.code != 1 || !strings.Contains(r.stderr, row.want) {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, row.want)
			}
			runs, err := os.ReadFile(filepath.Join(dir, "runs"))
			if err != nil || len(runs) != 1 {
				t.Errorf("the token command ran %d times, want once: %v", len(runs), err)
			}
		})
	}
}

// A client that outlives a token gets another.
func TestContextTokenCommandRunsAgain(t *testing.T) {
	t.Parallel()
	runs := filepath.Join(t.TempDir(), "runs")
	script := `echo >>"$0"
part() { base64 | tr -d "=\n" | tr "/+" "_-"; }
echo "$(echo {} | part).$(echo "{\"exp\": $(($(date +%s) + 3))}" | part)."
`
	silent, err := net.Listen("tcp", "127.0.0.1:0") // whoever connects gets no answer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	e, _ := withContexts(t, "current: dev\ncontexts:\n  dev:\n    brokers: ["+silent.Addr().String()+"]\n    sasl: {mechanism: OAUTHBEARER, token_command: [sh, -c, "+strconv.Quote(script)+", "+strconv.Quote(runs)+"]}\n")
	r := e.run("dlq", "list", "--timeout", "6s")
	if r.code != 1 || !strings.Contains(r.stderr, "no answer from "+silent.Addr().String()) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
	// A token lives for 2 to 3 s, so its successors come every 1.6 to 2.4 s.
	if text, err := os.ReadFile(runs); err != nil || len(text) < 2 || len(text) > 4 {
		t.Errorf("the token command ran %d times in 6 s, want 2 to 4: %v", len(text), err)
	}
}

// endChild ends the process whose id is in a file, if there is one.
func endChild(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Errorf("end the child: %v", err)
	}
}
