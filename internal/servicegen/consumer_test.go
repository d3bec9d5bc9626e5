package servicegen_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
	"github.com/eventcontracts/eventcontracts/internal/servicegen"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	module = "github.com/eventcontracts/eventcontracts"
	milk   = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	user   = "3bef3d62-1869-4156-912c-d74879a3549f"
)

var at = timestamppb.New(time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC))

// Each service compiles, and its test passes: the goldens are packages, which the go
// command leaves out of ./... for the name of their directory.
func TestServicesCompileAndTheirTestsPass(t *testing.T) {
	t.Parallel()
	created := &todov2.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk", Priority: proto.String("low"), DueDate: at}
	reminder := &reminderv1.ReminderTriggered{ReminderId: milk, TodoId: milk, UserId: user, ReminderType: "email", TriggeredAt: at, DueDate: at}
	mail := &notificationv1.EmailNotificationSent{NotificationId: milk, UserId: user, Recipient: "ada@example.com", Template: "welcome", SentAt: at}
	deleted := &todov1.TodoDeleted{TodoId: milk, UserId: user, DeletedAt: at}
	names := namesOf(t)
	for name, c := range map[string]servicegen.Consumer{
		"notifier": {
			Events:      []servicegen.Event{linked(t, created), linked(t, reminder)},
			Conversions: []string{module + "/conversions/todo"},
		},
		// Its key is personal, that of the other does not exist; the older major is converted
		// by name.
		"hidden": {
			Events: []servicegen.Event{
				changed(t, mail, func(o *eventcontractsv1.EventOptions) { o.Key = "recipient" }),
				changed(t, deleted, func(o *eventcontractsv1.EventOptions) { o.Key, o.Unkeyed = "", true }),
				linked(t, created),
			},
			Linked: []string{module + "/gen/events/todo/v1"},
		},
		// No example could be made of one event.
		"few": {Events: []servicegen.Event{
			linked(t, reminder),
			{Contract: linked(t, deleted).Contract, WhyNone: `field deleted_at: rule "x" is not known`},
		}},
	} {
		c.Name, c.Group, c.Module, c.GoVersion = name, name, module, "1.26"
		c.Dir = "internal/servicegen/testdata/" + name
		c.Names = names
		written, err := c.Files()
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range written {
			golden(t, name+"/"+file, text)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "./testdata/few", "./testdata/hidden", "./testdata/notifier").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// namesOf are the names of this repository's events in Go.
func namesOf(t *testing.T) *gosource.Names {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	template, err := cat.Repo.Template("")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, k := range cat.Contracts() {
		files = append(files, k.Descriptor.ParentFile().Path())
	}
	names, err := gogen.Names(cat.Files, template, files...)
	if err != nil {
		t.Fatal(err)
	}
	return gosource.NewNames(names)
}

// linked is an event with the contract that the test is linked with.
func linked(t *testing.T, msg proto.Message) servicegen.Event {
	t.Helper()
	k, err := event.ContractOf(msg)
	if err != nil {
		t.Fatal(err)
	}
	return servicegen.Event{Contract: k, Example: msg.ProtoReflect()}
}

// changed is an event whose contract has other options than the one that is linked.
func changed(t *testing.T, msg proto.Message, change func(*eventcontractsv1.EventOptions)) servicegen.Event {
	t.Helper()
	d := msg.ProtoReflect().Descriptor()
	p := protodesc.ToFileDescriptorProto(d.ParentFile())
	p = proto.CloneOf(p)
	options := proto.CloneOf(descriptor.Event(d))
	change(options)
	proto.SetExtension(p.MessageType[0].Options, eventcontractsv1.E_Event, options)
	files := &protoregistry.Files{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if f.Path() != p.GetName() {
			if err := files.RegisterFile(f); err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
	f, err := protodesc.NewFile(p, files)
	if err == nil {
		err = files.RegisterFile(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	registry, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range registry.Contracts() {
		if k.Descriptor.FullName() == d.FullName() {
			return servicegen.Event{Contract: k, Example: msg.ProtoReflect()}
		}
	}
	t.Fatalf("%s has no contract", d.FullName())
	return servicegen.Event{}
}

// golden compares with a file of testdata; a missing one means that nothing is
// expected. UPDATE_GOLDEN=<glob> of names refreshes it, and fails all the same.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if match, err := filepath.Match(pattern, name); err != nil || match || pattern == "*" {
			if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", path)
			return
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
