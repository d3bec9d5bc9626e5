//go:build !race

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	golden(t, "check", e.ok("check"))
	var got struct {
		Problems                 []any
		Events, Topics, Services int
	}
	if err := json.Unmarshal([]byte(e.ok("check", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Problems) != 0 || got.Events != 4 || got.Topics != 2 || got.Services != 2 {
		t.Errorf("check --json = %+v, want 4 events, 2 topics, 2 services and no problems", got)
	}
}

// broken copies the shop and breaks three of its files.
func broken(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	for file, edit := range map[string][2]string{
		"proto/shop/orders/v1/order_cancelled.proto":     {"// OrderCancelled is published when an order is given up.\n", ""},
		"proto/shop/people/v1/customer_registered.proto": {`key: "customer_id"`, `key: "customer"`},
		"services.yaml": {"[OrderPlaced, OrderCancelled]", "[OrderPlaced]\n  surprise: true"},
	} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), edit[0], edit[1], 1)
		if changed == string(text) {
			t.Fatalf("%s does not hold %q any more", file, edit[0])
		}
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	e.dir = broken(t)
	r := e.run("check")
	if r.code != 1 || r.stderr != "eventctl: 3 problems\n" {
		t.Errorf("check: exit code %d, stderr %q, want 1 and the number of problems", r.code, r.stderr)
	}
	golden(t, "check-problems", r.stdout)

	j := e.run("check", "--json")
	var got struct {
		Problems []struct {
			File, Event, Problem, Fix string
			Line                      int
		}
	}
	if err := json.Unmarshal([]byte(j.stdout), &got); err != nil {
		t.Fatal(err)
	}
	if j.code != 1 || len(got.Problems) != 3 || got.Problems[0].Line == 0 || got.Problems[0].Fix == "" {
		t.Errorf("check --json: exit code %d, %+v, want 1 and three problems with line and fix", j.code, got.Problems)
	}
	// Every other command refuses with the same list.
	if r := e.run("list"); r.code != 1 || !strings.Contains(r.stderr, "the contracts have 3 problems") || !strings.Contains(r.stderr, "services.yaml:5: unknown key") {
		t.Errorf("list: exit code %d, stderr %q, want the problems", r.code, r.stderr)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	golden(t, "list", e.ok("list"))
	golden(t, "list-people.json", e.ok("list", "--topic", "people", "--json"))
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	golden(t, "describe", e.ok("describe", "OrderPlaced"))
	golden(t, "describe-v1", e.ok("describe", "OrderPlaced", "--major", "1"))
	golden(t, "describe-people", e.ok("describe", "people/CustomerRegistered"))
	golden(t, "describe.json", e.ok("describe", "shop.orders.v1.OrderCancelled", "--json"))
}

// Three lines of list, and the rules of half of the events, were wider than a terminal.
func TestContractsFitATerminal(t *testing.T) {
	t.Parallel()
	e := &eventctl{t: t, dir: filepath.Join("..", "..")}
	for _, args := range [][]string{{"list"}, {"describe", "TodoCreated"}, {"describe", "EmailNotificationSent"}, {"describe", "ProductivityMetric"}} {
		for line := range strings.Lines(e.ok(args...)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("eventctl %s prints a line of %d characters: %s", strings.Join(args, " "), n, line)
			}
		}
	}
}

// The line goes to standard output alone, so that it can be given to another command;
// what it does not say goes to standard error.
func TestDescribeSpec(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	var all strings.Builder
	for _, name := range []string{"OrderPlaced", "OrderCancelled", "people/CustomerRegistered"} {
		r := e.run("describe", name, "--spec")
		if r.code != 0 || strings.Count(r.stdout, "\n") != 1 {
			t.Errorf("describe %s --spec: exit code %d, stdout %q, want one line", name, r.code, r.stdout)
		}
		all.WriteString("$ eventctl describe " + name + " --spec\n" + r.stdout + r.stderr)
	}
	golden(t, "describe-spec", all.String())
	golden(t, "describe-spec.json", e.ok("describe", "OrderPlaced", "--spec", "--json"))
	if got := e.ok("describe", "shop.orders.v1.OrderCancelled", "--spec", "--json"); !strings.Contains(got, `"beyond": [`) {
		t.Errorf("describe --spec --json = %s, want beyond to be a list", got)
	}
}

func TestContractsFlag(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	dir := e.dir
	e.dir = t.TempDir()
	if r := e.run("list"); r.code != 1 || !strings.Contains(r.stderr, "give --contracts DIR|IMAGE") {
		t.Errorf("list without contracts: exit code %d, stderr %q", r.code, r.stderr)
	}
	if got := e.ok("list", "--contracts", dir); !strings.Contains(got, "OrderPlaced") {
		t.Errorf("list --contracts: %q", got)
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	var all strings.Builder
	for _, line := range []string{
		"lst",
		"nonsense",
		"list --nope",
		"list --topc orders",
		"list extra",
		"list --topic nowhere",
		"describe",
		"describe OrderPlace",
		"describe Xyzzy",
		"describe OrderPlaced --major 7",
		"describe OrderPlaced --major x",
		"describe OrderPlaced OrderCancelled",
		"dlq lost",
		"dlq list orders", // told before brokers are missed
		"publish OrderPlacd {}",
		"dlq list orders --brokers localhost:1",
		"dlq redrive orders.mailer.dlq --execute",
		"topics apply",
		"topics apply --replicas 0",
		"topics apply --brokers kafka.example.com:9092",
		"tail orders --lines -1",
		"tail orders --all -n 3",
		"tail orders -n x",
		"tail orders --since yesterday",
		"tail orders --follow=maybe",
		"tail orders --type Nothing --brokers localhost:1",
		"tail orders --timeout 0s --brokers localhost:1",
		"tail " + strings.Repeat("a", 600) + " --brokers localhost:1", // the client panics
		"tail a/b --brokers localhost:1",
		"tail .. --brokers localhost:1",
		"dlq list .dlq --brokers localhost:1",
		"dlq list a." + strings.Repeat("a", 600) + ".dlq --brokers localhost:1",
		"dlq list --only-reason nonsense --brokers localhost:1",
		"dlq redrive orders.mailer.dlq --only-reason Invalid --brokers localhost:1",
		"dlq list --brokers kafka://localhost:9092",
		"dlq list --brokers localhost:1 --sasl-user ann",
		"dlq list --brokers localhost:1 --sasl-mechanism scram-sha-256 --sasl-user ann",
		"dlq list --brokers localhost:1 --sasl-mechanism GSSAPI",
		"dlq list --brokers localhost:1 --tls-ca gone.pem",
		"dlq list --brokers localhost:1 --tls-cert gone.pem",
		"publish OrderPlaced",
		"publish OrderPlaced {} --dry-run --time today",
		"publish OrderPlaced {} --dry-run --header x",
		"publish OrderPlaced - --dry-run --id x",
		"publish OrderPlaced - --dry-run",
		"publish OrderPlaced {} --dry-run --source=",
		"broker --port 70000",
	} {
		r := e.run(strings.Fields(line)...)
		if r.code != 2 || r.stdout != "" {
			t.Errorf("eventctl %s: exit code %d and output %q, want 2 and none", line, r.code, r.stdout)
		}
		all.WriteString("$ eventctl " + strings.ReplaceAll(line, strings.Repeat("a", 600), "aaa…") + "\n" + r.stderr)
	}
	golden(t, "usage", all.String())
}

func TestHelp(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	golden(t, "help", e.ok())
	golden(t, "help-dlq", e.ok("dlq"))
	if got := e.ok("dlq", "redrive", "--help"); !strings.Contains(got, "redriven twice") {
		t.Errorf("the help of redrive does not say that an event may be redriven twice:\n%s", got)
	}
}
