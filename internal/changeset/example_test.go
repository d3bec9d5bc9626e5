package changeset_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// A command that edits one file, makes another, and keeps both only if the gate
// agrees.
func Example() {
	dir, err := os.MkdirTemp("", "contracts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }() // of an example
	file := filepath.Join(dir, "services.yaml")
	if err := os.WriteFile(file, []byte("- service: todo-api\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}

	if undone, err := changeset.Recover(dir); err != nil || len(undone) > 0 {
		fmt.Println("a killed run was undone:", undone, err)
	}
	plan, err := changeset.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = plan.Close() }() // only read from here on
	services, err := plan.Read("services.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	plan.Replace("services.yaml", append(services, "  owner: team-todo\n"...))
	plan.Create("events/todo.proto", []byte("syntax = \"proto3\";\n"))
	plan.Guard("gen")

	diff, err := plan.Diff() // --dry-run
	fmt.Print(diff, err, "\n")
	gate := func(context.Context) error { return errors.New("the gate refuses it") }
	fmt.Println(plan.Apply(context.Background(), gate))
	// Output:
	// diff --git a/events/todo.proto b/events/todo.proto
	// new file mode 100644
	// --- /dev/null
	// +++ b/events/todo.proto
	// @@ -0,0 +1 @@
	// +syntax = "proto3";
	// diff --git a/services.yaml b/services.yaml
	// --- a/services.yaml
	// +++ b/services.yaml
	// @@ -1 +1,2 @@
	//  - service: todo-api
	// +  owner: team-todo
	// <nil>
	// the gate refuses it; every file is as it was before
}
