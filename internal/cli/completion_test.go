//go:build !race

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// all are the commands of the tree.
func all(cmd *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.Name() != "help" {
			out = append(out, all(sub)...)
		}
	}
	return out
}

// Whoever adds a flag or an argument decides what a shell offers for it.
func TestEveryFlagAndArgumentIsCompleted(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	flags, arguments := cli.Candidates()
	used := map[string]bool{}
	for _, cmd := range all(cli.Tree(e.env(&bytes.Buffer{}, &bytes.Buffer{}))) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			used[f.Name], used[cmd.Name()+" "+f.Name] = true, true
			if !slices.Contains(flags, f.Name) {
				t.Errorf("%s --%s: completion does not know the flag: add it to flagCandidates", cmd.CommandPath(), f.Name)
			}
		})
		if cmd.HasSubCommands() {
			continue
		}
		for _, word := range strings.Fields(cmd.Use)[1:] {
			name := strings.Trim(word, "[]")
			used[name], used[cmd.Name()+" "+name] = true, true
			if !slices.Contains(arguments, name) {
				t.Errorf("%s: completion does not know the argument %s: add it to argumentCandidates", cmd.CommandPath(), name)
			}
		}
	}
	for _, name := range append(flags, arguments...) {
		if !used[name] && name != "contracts" && name != "services" { // of the root
			t.Errorf("completion knows %s, which no command takes", name)
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	e, _ := withContexts(t, twoContexts)
	var out strings.Builder
	for _, line := range []string{
		"|",
		"dlq |",
		"describe |",
		"describe OrderPlaced |",
		"describe OrderPlaced --major |",
		"describe CustomerRegistered --major |",
		"describe Nothing --major |",
		"list |",
		"list --topic |",
		"list --t|",
		"publish |",
		"publish OrderPlaced |",
		"publish OrderPlaced - --source |",
		"publish OrderPlaced - --header |",
		"tail |",
		"tail orders --type |",
		"tail orders --sasl-mechanism |",
		"tail orders --context |",
		"tail orders --timeout |",
		"tail orders --tls-ca |",
		"dlq list |",
		"dlq show orders.mailer.dlq |",
		"dlq redrive orders.mailer.dlq --only-reason |",
		"context use |",
		"context show |",
		"completion |",
		"broker --data-dir |",
		"new |",
		"new OrderLost |",
		"new OrderLost 'id (UUID), at (datetime)' --key |",
		"new OrderLost 'id (UUID), at (datetime' --key |",
		"new OrderLost - --domain |",
		"new OrderLost - --topic |",
		"new OrderLost - --publisher |",
		"new-consumer |",
		"new-consumer stock --events |",
		"new-consumer stock --events OrderPlaced,|",
		"new-consumer stock --owner |",
		"new-consumer stock --group |",
		"list --contracts |",
	} {
		var args []string
		for _, word := range words.FindAllString(strings.TrimSuffix(line, "|"), -1) {
			args = append(args, strings.Trim(word, "'"))
		}
		if strings.HasSuffix(line, " |") || line == "|" {
			args = append(args, "")
		}
		r := e.run(append([]string{"__complete"}, args...)...)
		if r.code != 0 || strings.Count(r.stderr, "\n") > 1 {
			t.Errorf("%s: exit code %d, stderr:\n%s", line, r.code, r.stderr)
		}
		out.WriteString("$ eventctl " + line + "\n" + r.stdout)
	}
	golden(t, "completion", out.String())
}

// A shell that asks what may follow must not wait, hear of errors, or start programs
// that ask for a password.
func TestCompletionIsQuickAndQuiet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	_, file := withContexts(t, "current: c\ncontexts:\n  c: {brokers: [\"192.0.2.1:9092\"], tls: {}, sasl: {mechanism: OAUTHBEARER, token_command: [touch, "+ran+"]}}\n")
	broken := broken(t)
	for name, row := range map[string]struct {
		dir  string
		vars map[string]string
		want string
	}{
		"no contracts":               {dir, nil, ""},
		"contracts with mistakes":    {broken, nil, ""},
		"brokers that do not answer": {shop, map[string]string{"KAFKA_BROKERS": "192.0.2.1:9092"}, "orders"},
		"a context":                  {shop, map[string]string{"EVENTCTL_CONFIG": file}, "orders"},
		"no such file of contexts":   {shop, map[string]string{"EVENTCTL_CONFIG": filepath.Join(dir, "gone")}, "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &eventctl{t: t, dir: row.dir, vars: row.vars}
			for _, line := range []string{"tail", "dlq list", "tail x --context", "describe", "publish", "list --topic"} {
				began := time.Now()
				r := e.run(append(append([]string{"__complete"}, strings.Fields(line)...), "")...)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("%s took %s", line, took)
				}
				if r.code != 0 || strings.TrimSpace(r.stderr) != "Completion ended with directive: ShellCompDirectiveNoFileComp" {
					t.Errorf("%s: exit code %d, stderr:\n%s", line, r.code, r.stderr)
				}
				if line == "tail" && !strings.Contains(r.stdout, row.want) {
					t.Errorf("%s offers:\n%s", line, r.stdout)
				}
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(ran); err == nil {
			t.Error("completion has run the token_command")
		}
	})
}
