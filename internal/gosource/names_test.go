package gosource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/pluginpb"

	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
)

func TestImports(t *testing.T) {
	t.Parallel()
	i := &gosource.Imports{Reserved: []string{"event", "err"}, Module: "example.com/shop"}
	got := map[string]string{}
	for path, name := range map[string]string{
		"context": "", "google.golang.org/protobuf/proto": "", "example.com/shop/gen/shop/v1": "shopv1", "example.com/shopping": "",
	} {
		got[path] = i.Add(path, name)
	}
	got["again"] = i.Add("example.com/shop/gen/shop/v1", "other")
	got["taken"] = i.Add("example.com/other/shop/v1", "shopv1")
	got["reserved"] = i.Add("example.com/contracts/event", "")
	i.Link("example.com/shop/gen/shop/v1")
	i.Link("example.com/shop/gen/shop/v2")
	want := map[string]string{
		"context": "context", "google.golang.org/protobuf/proto": "proto", "example.com/shop/gen/shop/v1": "shopv1", "example.com/shopping": "shopping",
		"again": "shopv1", "taken": "shopv12", "reserved": "event2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	golden(t, "imports.txt", []byte(i.String()))
}

// A repository decides where the generated Go is, and what its packages are called.
func TestNamesFollowTheGoPackage(t *testing.T) {
	t.Parallel()
	file := todov2.File_events_todo_v2_todo_created_proto
	names := namesOf(t, "M"+file.Path()+"=example.com/shop/gen/todo;todos", file)
	m := file.Messages().ByName("TodoCreated")
	imports := &gosource.Imports{}
	typ, err := names.Type(m, imports)
	if err != nil {
		t.Fatal(err)
	}
	getters, err := names.Getters([]protoreflect.FieldDescriptor{m.Fields().ByName("due_date"), m.Fields().ByName("due_date").Message().Fields().ByName("seconds")})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"todos.TodoCreated", "example.com/shop/gen/todo", "TodoCreated", ".GetDueDate().GetSeconds()", "import (\n\ttodos \"example.com/shop/gen/todo\"\n)\n"}
	if diff := cmp.Diff(want, []string{typ, string(names.Message(m).GoIdent.GoImportPath), names.Message(m).GoIdent.GoName, getters, imports.String()}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// namesOf are the names in some files, with the parameter of the Go generator.
func namesOf(t *testing.T, parameter string, files ...protoreflect.FileDescriptor) *gosource.Names {
	t.Helper()
	req := &pluginpb.CodeGeneratorRequest{Parameter: &parameter}
	seen := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i))
		}
		req.ProtoFile = append(req.ProtoFile, protodesc.ToFileDescriptorProto(f))
	}
	for _, f := range files {
		add(f)
		req.FileToGenerate = append(req.FileToGenerate, f.Path())
	}
	plugin, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	return gosource.NewNames(plugin.Files)
}
