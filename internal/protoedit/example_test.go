package protoedit_test

import (
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/protoedit"
)

// What eventctl add-field does to a file.
func Example() {
	src := `syntax = "proto3";

package events.todo.v1;

import "eventcontracts/v1/options.proto";

// TodoCreated is published once, when a user adds a todo.
message TodoCreated {
  option (eventcontracts.v1.event) = {
    topic: "todos", key: "id" // as before
  };

  string id = 1;     // The todo.
  string title = 2;  // What is to be done.
  reserved 3;        // It was the user's name.
}
`
	f, err := protoedit.Parse("todo_created.proto", []byte(src))
	if err != nil {
		fmt.Println(err)
		return
	}
	number, err := f.NextFieldNumber("TodoCreated")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, edit := range []error{
		f.AddField("TodoCreated", fmt.Sprintf("google.protobuf.Timestamp due_date = %d;", number)),
		f.AddImport("google/protobuf/timestamp.proto"),
		f.SetEventOption("TodoCreated", "revision", "1"),
	} {
		if edit != nil {
			fmt.Println(edit)
		}
	}
	_, changed, _ := strings.Cut(string(f.Bytes()), "todo.v1;\n\n")
	fmt.Print(changed)
	// Output:
	// import "eventcontracts/v1/options.proto";
	// import "google/protobuf/timestamp.proto";
	//
	// // TodoCreated is published once, when a user adds a todo.
	// message TodoCreated {
	//   option (eventcontracts.v1.event) = {
	//     topic: "todos", key: "id", revision: 1 // as before
	//   };
	//
	//   string id = 1;     // The todo.
	//   string title = 2;  // What is to be done.
	//   google.protobuf.Timestamp due_date = 4;
	//   reserved 3;        // It was the user's name.
	// }
}
