//go:build interop

package cloudevents_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
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
	sources := map[string]string{}
	for _, name := range []string{"structured.proto", "binary.proto"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(text)
	}
	files := contracttest.Compile(t, sources)
	r, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	return contracts{r, files}
}

// order is an OrderPlaced of a mode from its JSON.
func (c contracts) order(t *testing.T, m mode, payload string) proto.Message {
	t.Helper()
	msg := dynamicpb.NewMessage(contracttest.Message(t, c.files, m.message))
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
