package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// ordersOf starts a cluster with records in orders, ten in each of two partitions, whose
// times are a minute apart.
func ordersOf(t *testing.T) *broker.Broker {
	t.Helper()
	b := cluster(t, broker.Topic{Name: "orders", Partitions: 2}, broker.Topic{Name: topicname.Redrive("orders", "mailer"), Partitions: 2})
	for p := range int32(2) {
		for i := range 10 {
			writeTo(t, b, "orders", p, hour.Add(time.Duration(i)*time.Minute))
		}
	}
	writeTo(t, b, topicname.Redrive("orders", "mailer"), 0, hour)
	return b
}

// hour is the time of the first records.
var hour = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func writeTo(t *testing.T, b *broker.Broker, topic string, partition int32, at time.Time) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: partition, Timestamp: at, Value: []byte("{}")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// join has a client in a group until the test ends or leave is called. It commits
// nothing.
func join(t *testing.T, b *broker.Broker, group string) (leave func()) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"),
		kgo.ClientID("other"), kgo.DisableAutoCommit())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.PollFetches(ctx).Err(); err != nil { // it has partitions now
		t.Fatal(err)
	}
	return c.Close
}

// offsets are the committed ones of orders, by describe.
func offsets(e *eventctl, group string) map[string]string {
	e.t.Helper()
	var v struct {
		Partitions []struct {
			Topic     string `json:"topic"`
			Partition int    `json:"partition"`
			Committed *int64 `json:"committed"`
		} `json:"partitions"`
	}
	if err := json.Unmarshal([]byte(e.ok("groups", "describe", group, "--json")), &v); err != nil {
		e.t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range v.Partitions {
		if p.Committed != nil {
			out[fmt.Sprintf("%s/%d", p.Topic, p.Partition)] = fmt.Sprint(*p.Committed)
		}
	}
	return out
}

func TestGroups(t *testing.T) {
	t.Parallel()
	b := ordersOf(t)
	e := newEventctl(t, b.Addrs()[0])
	golden(t, "groups_list_none", e.ok("groups", "list"))
	golden(t, "groups_describe_absent", e.ok("groups", "describe", "mailer"))
	golden(t, "groups_reset_dry", e.ok("groups", "reset", "mailer", "--to", "latest"))
	if got := offsets(e, "mailer"); len(got) > 0 {
		t.Errorf("a dry run committed %v", got)
	}
	e.ok("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", "mails of last year")
	if diff := cmp.Diff(map[string]string{"orders/0": "10", "orders/1": "10"}, offsets(e, "mailer")); diff != "" {
		t.Errorf("after latest (-want +got):\n%s", diff)
	}
	out := e.ok("groups", "describe", "mailer")
	if !strings.Contains(out, "mails of last year") {
		t.Errorf("describe does not say why:\n%s", out)
	}
	golden(t, "groups_list", e.ok("groups", "list"))
	for _, row := range []struct {
		args []string
		want map[string]string
	}{
		{[]string{"--to", "earliest"}, map[string]string{"orders/0": "0", "orders/1": "0"}},
		{[]string{"--to", "2026-11-01T12:03:30Z"}, map[string]string{"orders/0": "4", "orders/1": "4"}},
		{[]string{"--to", "2026-11-01T13:03:00+01:00"}, map[string]string{"orders/0": "3", "orders/1": "3"}},
		{[]string{"--to", "2026-11-02T00:00:00Z"}, map[string]string{"orders/0": "10", "orders/1": "10"}},
		{[]string{"--to", "7", "--topic", "orders", "--partition", "1"}, map[string]string{"orders/0": "10", "orders/1": "7"}},
		{[]string{"--to", "10", "--topic", "orders", "--partition", "0"}, map[string]string{"orders/0": "10", "orders/1": "7"}},
		{[]string{"--to", "9000d"}, map[string]string{"orders/0": "0", "orders/1": "0"}},
		{[]string{"--to", "earliest", "--topic", topicname.Redrive("orders", "mailer")}, map[string]string{"orders/0": "0", "orders/1": "0", "orders.mailer.redrive/0": "0", "orders.mailer.redrive/1": "0"}},
	} {
		e.ok(append([]string{"groups", "reset", "mailer", "--yes", "--reason", "x"}, row.args...)...)
		if diff := cmp.Diff(row.want, offsets(e, "mailer")); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", strings.Join(row.args, " "), diff)
		}
	}
	var report struct {
		Run    string `json:"run"`
		DryRun bool   `json:"dry_run"`
		Moves  []struct {
			Committed, To, Again, Skipped int64
			Done                          bool
		} `json:"moves"`
	}
	if err := json.Unmarshal([]byte(e.ok("groups", "reset", "mailer", "--to", "4", "--topic", "orders", "--partition", "1", "--json", "--yes", "--reason", "x")), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Moves) != 1 || report.Moves[0].Committed != 0 || report.Moves[0].To != 4 || report.Moves[0].Skipped != 4 || !report.Moves[0].Done || report.Run == "" || report.DryRun {
		t.Errorf("report = %+v", report)
	}
}

// A member commits over what was set.
func TestGroupsThatAreActiveAreNotReset(t *testing.T) {
	t.Parallel()
	b := ordersOf(t)
	e := newEventctl(t, b.Addrs()[0])
	leave := join(t, b, "mailer")
	if out := e.ok("groups", "describe", "mailer"); !strings.Contains(out, "other on 127.0.0.1") || !strings.Contains(out, "Stable") {
		t.Errorf("describe does not name the member:\n%s", out)
	}
	for _, more := range [][]string{nil, {"--yes", "--reason", "x"}} {
		r := e.run(append([]string{"groups", "reset", "mailer", "--to", "latest"}, more...)...)
		if r.code != 1 || !strings.Contains(r.stderr, `group "mailer" has 1 member (other on 127.0.0.1`) || !strings.Contains(r.stdout, "orders") {
			t.Errorf("reset %v: %d\n%s%s", more, r.code, r.stdout, r.stderr)
		}
	}
	if got := offsets(e, "mailer"); len(got) > 0 {
		t.Errorf("an active group was reset: %v", got)
	}
	leave()
	e.ok("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", "x")
}

// A group that no contract knows is reset by its commits, outside a contracts folder too.
func TestGroupsWithoutContracts(t *testing.T) {
	t.Parallel()
	b := ordersOf(t)
	e := newEventctl(t, b.Addrs()[0])
	e.dir = t.TempDir()
	for args, want := range map[string]string{
		"groups describe mailer":            `group "mailer" is unknown to the cluster and to services.yaml`,
		"groups reset mailer --to earliest": `group "mailer" is unknown to the cluster and to services.yaml`,
	} {
		if r := e.run(strings.Fields(args)...); r.code != 1 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: %d %s", args, r.code, r.stderr)
		}
	}
	in := newEventctl(t, b.Addrs()[0])
	in.ok("groups", "reset", "mailer", "--to", "earliest", "--yes", "--reason", "x")
	e.ok("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", "x")
	if diff := cmp.Diff(map[string]string{"orders/0": "10", "orders/1": "10"}, offsets(e, "mailer")); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
	if r := e.run("groups", "describe", "mialer"); r.code != 1 || !strings.Contains(r.stderr, "did you mean mailer?") {
		t.Errorf("a misspelt group: %d %s", r.code, r.stderr)
	}
}

func TestGroupsResetRefuses(t *testing.T) {
	t.Parallel()
	b := ordersOf(t)
	e := newEventctl(t, b.Addrs()[0])
	for args, row := range map[string]struct {
		code int
		want string
	}{
		"":                            {2, "--to is missing: give earliest, latest"},
		"--to soon":                   {2, `--to "soon": give earliest, latest`},
		"--to 2026-11-01T12:00:00":    {2, "give earliest, latest, a time such as 2026-11-01T00:00:00Z"},
		"--to 2999-01-01T00:00:00Z":   {2, "is in the future: give latest"},
		"--to 1969-01-01T00:00:00Z":   {2, "is before 1970: give earliest"},
		"--to -1":                     {2, "an offset is not below zero"},
		"--to 0d":                     {2, "give earliest, latest"},
		"--to 5":                      {2, "--to 5 is an offset, which means one partition"},
		"--to 5 --topic orders":       {2, "--to 5 is an offset, which means one partition"},
		"--to latest --partition 0":   {2, "--partition is of one topic"},
		"--to latest --topic a/b":     {2, "a/b"},
		"--to latest --yes":           {2, "--yes needs --reason WHY"},
		"--to latest --topic nothing": {1, `topic "nothing" does not exist`},
		"--to latest --topic orders --partition 7":              {1, `topic "orders" has no partition 7`},
		"--to 11 --topic orders --partition 0 --yes --reason x": {1, "orders partition 0 has no offset 11: its log is from 0 to 10"},
	} {
		r := e.run(append([]string{"groups", "reset", "mailer"}, strings.Fields(args)...)...)
		if r.code != row.code || !strings.Contains(r.stderr, row.want) {
			t.Errorf("reset %s: %d %s, want %d %s", args, r.code, r.stderr, row.code, row.want)
		}
	}
	long := e.run("groups", "reset", "mailer", "--to", "latest", "--yes", "--reason", strings.Repeat("x", 1025))
	if long.code != 2 || !strings.Contains(long.stderr, "at most 1024") {
		t.Errorf("a long reason: %d %s", long.code, long.stderr)
	}
	if got := offsets(e, "mailer"); len(got) > 0 {
		t.Errorf("a refused reset committed %v", got)
	}
}
