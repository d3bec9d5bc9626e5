//go:build interop

package cloudevents_test

import (
	"context"
	"testing"
	"time"

	"github.com/bufbuild/protocompile"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v1" // lends the options that contracts import
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// mode is a content mode of CloudEvents, and the test contract that has it.
type mode struct{ name, topic, message string }

var modes = []mode{
	{"structured", "interop-cloudevents", "interop.structured.v1.OrderPlaced"},
	{"binary", "interop-cloudevents-binary", "interop.binary.v1.OrderPlaced"},
}

// contracts are those of testdata, in descriptors without generated code.
type contracts struct {
	*event.Registry
	files *protoregistry.Files
}

func newContracts(t *testing.T) contracts {
	t.Helper()
	lent := protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
		return protocompile.SearchResult{Desc: fd}, err
	})
	compiler := protocompile.Compiler{Resolver: protocompile.CompositeResolver{&protocompile.SourceResolver{ImportPaths: []string{"testdata"}}, lent}}
	compiled, err := compiler.Compile(t.Context(), "structured.proto", "binary.proto")
	if err != nil {
		t.Fatal(err)
	}
	set, seen := &descriptorpb.FileDescriptorSet{}, map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	for _, f := range compiled {
		add(f)
	}
	// Once more from bytes, so that the options are of the linked Go types.
	raw, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	set = &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(raw, set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	return contracts{r, files}
}

// order is an OrderPlaced of a mode from its JSON.
func (c contracts) order(t *testing.T, m mode, payload string) proto.Message {
	t.Helper()
	d, err := c.files.FindDescriptorByName(protoreflect.FullName(m.message))
	if err != nil {
		t.Fatal(err)
	}
	msg := dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
	if err := protojson.Unmarshal([]byte(payload), msg); err != nil {
		t.Fatal(err)
	}
	return msg
}

// createTopics makes the modes' topics, or finds them there, and waits until
// they have leaders.
func createTopics(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(interop.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	var names []string
	for _, m := range modes {
		names = append(names, m.topic)
	}
	if _, err := admin.CreateTopics(ctx, 3, 1, nil, names...); err != nil {
		t.Fatal(err)
	}
	looks := time.NewTicker(5 * time.Millisecond)
	defer looks.Stop()
	for !haveLeaders(ctx, t, admin, names) {
		select {
		case <-looks.C:
		case <-ctx.Done():
			t.Fatal("the topics have no leaders")
		}
	}
}

func haveLeaders(ctx context.Context, t *testing.T, admin *kadm.Client, names []string) bool {
	t.Helper()
	topics, err := admin.ListTopics(ctx, names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if topics[name].Err != nil || len(topics[name].Partitions) != 3 {
			return false
		}
		for _, p := range topics[name].Partitions {
			if p.Leader < 0 {
				return false
			}
		}
	}
	return true
}
