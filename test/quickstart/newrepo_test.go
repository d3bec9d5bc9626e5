//go:build unix

package quickstart_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// line is what users of the generator that came before this one type.
var lines = []string{
	`eventctl new "TodoCreated" "id (UUID), title (str), description (str?), user_id (UUID), created_at (datetime)"`,
	`eventctl new "TodoCompleted" "id (UUID), completed_by (UUID), completed_at (datetime)"`,
	`eventctl new "TodoUpdated" "id (UUID), title (str?), description (str?), updated_at (datetime)"`,
	`eventctl new "ReminderTriggered" "todo_id (UUID), reminder_type (str), triggered_at (datetime)"`,
}

// A new repository passes its own make test and its gate, with four events more as it
// was, and refuses what would break them. buf is lent, because compiling it says nothing
// about the repository.
func TestANewRepositoryPassesItsTestsAndItsGate(t *testing.T) {
	t.Parallel()
	dir, env := newcomer(t)
	env = append(env, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	w := open(t, dir, env)
	w.run("eventctl init shop --module example.com/shop --yes")
	w.run("cd shop")
	w.run("make test")

	root, err := checkout()
	if err != nil {
		t.Fatal(err)
	}
	buf := filepath.Join(root, "bin", "buf")
	if _, err := os.Stat(buf); err != nil {
		t.Skip("bin/buf is not built: make test builds it")
	}
	w.run("mkdir bin && ln -s '" + buf + "' bin/buf")
	const gate = "make -o bin/buf breaking"
	w.run("! " + gate) // before there is a repository nobody knows what is deployed
	if !strings.Contains(w.screen(), "this is not a git repository, and there is no release to compare with: put the contracts under git") {
		t.Errorf("the gate does not say that it saw nothing:\n%s", w.screen())
	}
	w.run("git init -q -b master . && git add -A && git commit -qm first")
	w.run(gate)
	if strings.Contains(w.screen(), "no breaking change") {
		t.Errorf("the first commit was compared with something:\n%s", w.screen())
	}
	for _, line := range lines {
		w.run(line)
	}
	w.run("make test")
	w.run("git add -A && git commit -qm events && " + gate)
	if !strings.Contains(w.screen(), "no breaking change since") {
		t.Errorf("the gate compared nothing:\n%s", w.screen())
	}
	w.run(`test -z "$(git status --porcelain)" && eventctl generate && eventctl fixtures && test -z "$(git status --porcelain)"`)

	// What the gate is for, in a repository of its own and as a folder of another.
	w.run(`sed -i.old 's/string title = 2/string heading = 2/' proto/events/todo/v1/todo_created.proto && rm proto/events/todo/v1/*.old`)
	w.run("git commit -qam renamed && ! " + gate)
	if !strings.Contains(w.screen(), `"title" to "heading"`) {
		t.Errorf("the gate does not say what is wrong:\n%s", w.screen())
	}
	w.run("mkdir ../mono && git reset -q --hard HEAD~1 && cp -R . ../mono/contracts && cd ../mono && rm -rf contracts/.git && git init -q -b main . && git add -A && git commit -qm first")
	w.run("cd contracts && git commit -q --allow-empty -m second && " + gate)
	w.run(`sed -i.old 's/string title = 2/string heading = 2/' proto/events/todo/v1/todo_created.proto && rm proto/events/todo/v1/*.old && ! ` + gate)
}

// A service in another module imports the contracts' Go alone, and needs neither a Kafka
// client nor a C compiler for it.
func TestGeneratedGoNeedsNoKafkaClient(t *testing.T) {
	t.Parallel()
	dir, env := newcomer(t)
	w := open(t, dir, env)
	w.run("eventctl init shop --yes")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./gen/...")
	cmd.Dir, cmd.Env = filepath.Join(dir, "shop"), append(env, "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text := string(out); strings.Contains(text, "confluent") || strings.Contains(text, "franz-go") || !strings.Contains(text, "example.com/shop/gen/events/greeting/v1") {
		t.Errorf("the contracts reach\n%s", text)
	}
}
