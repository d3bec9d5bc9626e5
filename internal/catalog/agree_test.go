//go:build !race

package catalog_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Contracts passed check, and the service that was built on them did not start. Each
// file of testdata/wrong is a workspace, and says who refuses it beside check:
//
//	nobody    it is sound, and check does not refuse it either
//	alone     producers and consumers of a service that links no more than one event
//	together  those of a service that links all; the fault is in none of the events alone
//	check     check alone, for what a linked program cannot know
func TestCheckAndStartAgree(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/wrong/*.txt")
	if err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			c := readWrong(t, name)
			protos := map[string]string{}
			for file, text := range c.files {
				if path.Ext(file) == ".proto" {
					protos[file] = text
				}
			}
			all := contracttest.Compile(t, protos)
			got := strings.Join(problems(t, c.files), "\n")
			if refused := got != ""; refused != (c.refused != "nobody") || !strings.Contains(got, c.want) {
				t.Errorf("check says %q, want %q", got, c.want)
			}
			alone, together := false, false
			for _, e := range eventsIn(all) {
				alone = starts(t, linkedWith(t, all, e.ParentFile()), e) != nil || alone
				together = starts(t, all, e) != nil || together
			}
			if want := c.refused == "alone"; alone != want {
				t.Errorf("with one event alone, start refuses: %t, want %t", alone, want)
			}
			if want := c.refused == "alone" || c.refused == "together"; together != want {
				t.Errorf("with all contracts, start refuses: %t, want %t", together, want)
			}
		})
	}
}

// wrong is a file of testdata/wrong: a comment, two fields and then the files of a
// workspace, each behind a line with its name.
type wrong struct {
	refused, want string
	files         map[string]string
}

func readWrong(t *testing.T, name string) wrong {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\n-- ")
	w := wrong{files: map[string]string{}}
	for line := range strings.Lines(parts[0]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch key {
		case "refused":
			w.refused = strings.TrimSpace(value)
		case "want":
			w.want = strings.TrimSpace(value)
		}
	}
	for _, part := range parts[1:] {
		file, text, ok := strings.Cut(part, " --\n")
		if !ok {
			t.Fatalf("%s: %q does not begin with the name of a file", name, part)
		}
		w.files[file] = text + "\n"
	}
	if w.refused == "" || len(w.files) == 0 {
		t.Fatalf("%s says not who refuses it, or has no files", name)
	}
	return w
}

// eventsIn are all events of files.
func eventsIn(files *protoregistry.Files) []protoreflect.MessageDescriptor {
	var out []protoreflect.MessageDescriptor
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			if m := f.Messages().Get(i); descriptor.IsEvent(m) {
				out = append(out, m)
			}
		}
		return true
	})
	return out
}

// linkedWith are the files that a Go program links that imports the package of one: all
// of the directory, and what they import.
func linkedWith(t *testing.T, all *protoregistry.Files, f protoreflect.FileDescriptor) *protoregistry.Files {
	t.Helper()
	out := &protoregistry.Files{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if _, err := out.FindFileByPath(f.Path()); err == nil {
			return
		}
		if err := out.RegisterFile(f); err != nil {
			t.Fatal(err)
		}
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		all.RangeFiles(func(other protoreflect.FileDescriptor) bool {
			if path.Dir(other.Path()) == path.Dir(f.Path()) {
				add(other)
			}
			return true
		})
	}
	add(f)
	return out
}

// starts is what a producer and a consumer of an event say of its contract when they
// are made. That no broker answers is another error.
func starts(t *testing.T, files *protoregistry.Files, e protoreflect.MessageDescriptor) error {
	t.Helper()
	registry, _ := event.NewRegistry(files) // as event.Linked, which keeps problems for who asks
	conn := kafkaconn.Connection{Brokers: []string{"127.0.0.1:1"}}
	msg, quiet := dynamicpb.NewMessage(e), slog.New(slog.DiscardHandler)
	_, producer := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: conn, Source: "test", Events: []proto.Message{msg}, Registry: registry, ConnectTimeout: time.Millisecond, Logger: quiet,
	})
	_, consumer := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: conn, Group: "test", Registry: registry, ConnectTimeout: time.Millisecond, Logger: quiet,
		Handlers: []eventbus.Handler{eventbus.HandleMessage(msg, func(context.Context, proto.Message) error { return nil })},
	})
	if a, b := errors.Is(producer, event.ErrContract), errors.Is(consumer, event.ErrContract); a != b {
		t.Errorf("NewProducer says %v, and NewConsumer %v", producer, consumer)
	} else if a {
		return producer
	}
	return nil
}
