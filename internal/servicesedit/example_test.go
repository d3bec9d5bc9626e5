package servicesedit_test

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/internal/servicesedit"
)

// What eventctl new does with --publisher and --group.
func Example() {
	f, err := servicesedit.Parse("services.yaml", []byte(`# Who publishes and who handles what.
- service: todo-api # the web
  owner: team-todo
  groups:
    - name: reminders
      handles: [TodoCreated] # and no other
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, edit := range []error{
		f.AddPublishes("todo-api", "TodoArchived"),
		f.AddHandles("reminders", "TodoArchived"),
		f.AddHandles("reminder", "TodoArchived"),
	} {
		if edit != nil {
			fmt.Println(edit)
		}
	}
	fmt.Print(string(f.Bytes()))
	// Output:
	// services.yaml:1:1: group "reminder" is not in this file: give one of reminders, or add it first
	// # Who publishes and who handles what.
	// - service: todo-api # the web
	//   owner: team-todo
	//   publishes:
	//     - TodoArchived
	//   groups:
	//     - name: reminders
	//       handles: [TodoCreated, TodoArchived] # and no other
}
