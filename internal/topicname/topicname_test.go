package topicname_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	rows := map[string]struct{ name, want string }{
		"plain":             {"todos", ""},
		"every kind":        {"Todo-events_2.v1", ""},
		"three dots":        {"...", ""},
		"longest":           {strings.Repeat("a", 249), ""},
		"empty":             {"", "the topic has no name"},
		"too long":          {strings.Repeat("a", 250), `topic "` + strings.Repeat("a", 32) + `"… is longer than 249 characters`},
		"one dot":           {".", `topic "." is a reserved name`},
		"two dots":          {"..", `topic ".." is a reserved name`},
		"blank":             {"my topic", `topic "my topic" has characters other than letters, digits, '.', '_' and '-'`},
		"letter of Unicode": {"tödos", `topic "tödos" has characters other than letters, digits, '.', '_' and '-'`},
		"slash":             {"a/b", `topic "a/b" has characters other than letters, digits, '.', '_' and '-'`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := topicname.Check(row.name); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("Check(%q) = %q, want %q", row.name, got, row.want)
			}
			if topicname.Valid(row.name) != (row.want == "") {
				t.Errorf("Valid(%q) differs from Check", row.name)
			}
		})
	}
}

func TestHasOnlyAllowed(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"": false, ".": true, "a-Z_0.9": true, "a b": false, "ä": false, "a\n": false, "a@": false, "[": false, "`": false} {
		if got := topicname.HasOnlyAllowed(s); got != want {
			t.Errorf("HasOnlyAllowed(%q) = %t, want %t", s, got, want)
		}
	}
}

func TestDerivedNames(t *testing.T) {
	t.Parallel()
	if got := topicname.DeadLetter("todos", "notifier"); got != "todos.notifier.dlq" {
		t.Errorf("DeadLetter = %q", got)
	}
	if got := topicname.Redrive("todos", "notifier"); got != "todos.notifier.redrive" {
		t.Errorf("Redrive = %q", got)
	}
	longest := strings.Repeat("g", topicname.MaxGroup)
	if !topicname.Valid(topicname.Redrive("t", longest)) || !topicname.Valid(topicname.DeadLetter("t", longest)) || topicname.Valid(topicname.Redrive("t", longest+"g")) {
		t.Errorf("a group's name cannot have %d characters at most", topicname.MaxGroup)
	}
	for name, want := range map[string]struct{ is, ends bool }{
		"todos.notifier.dlq": {true, true}, "a.b.c.d.dlq": {true, true}, "todos.dlq": {false, true}, ".dlq": {false, true},
		"dlq": {}, "todos.notifier.redrive": {}, "todos": {}, "todos.notifier.dlq2": {},
	} {
		if got := topicname.IsDeadLetter(name); got != want.is {
			t.Errorf("IsDeadLetter(%q) = %t, want %t", name, got, want.is)
		}
		if got := topicname.EndsAsDeadLetter(name); got != want.ends {
			t.Errorf("EndsAsDeadLetter(%q) = %t, want %t", name, got, want.ends)
		}
	}
}

func TestCollisionKey(t *testing.T) {
	t.Parallel()
	if a, b := topicname.CollisionKey("a.b_c"), topicname.CollisionKey("a_b.c"); a != b {
		t.Errorf("%q and %q collide in Kafka", a, b)
	}
	if a, b := topicname.CollisionKey("a.b"), topicname.CollisionKey("a-b"); a == b {
		t.Errorf("%q and %q do not collide in Kafka", a, b)
	}
}
