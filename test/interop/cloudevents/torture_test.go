//go:build interop

package cloudevents_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	ce "github.com/cloudevents/sdk-go/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Random messages that Encode takes are valid CloudEvents of the same payload for the Go
// SDK too.
func TestG7_TheSDKReadsWhatIsWritten(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for name, source := range contracttest.Torture("FORMAT_CLOUDEVENTS") {
		files := contracttest.Compile(t, source)
		r, err := event.NewRegistry(files)
		if err != nil {
			t.Fatal(err)
		}
		f := &contracttest.Filler{Rand: rand.New(rand.NewPCG(seed, 2)), Types: r.Types(), Files: files}
		for range 100 {
			msg := dynamicpb.NewMessage(r.Contracts()[0].Descriptor)
			f.Message(msg)
			rec, err := r.Encode(t.Context(), msg, event.WithSource("/s"))
			if err != nil {
				continue // it is refused
			}
			var e ce.Event
			if err := json.Unmarshal(rec.Value, &e); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, rec.Value)
			}
			if err := e.Validate(); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, rec.Value)
			}
			contracttest.Normal(msg)
			got := dynamicpb.NewMessage(msg.Descriptor())
			if err := (protojson.UnmarshalOptions{Resolver: r.Types(), RecursionLimit: 10_000}).Unmarshal(e.Data(), got); err != nil || !proto.Equal(msg, got) {
				t.Fatalf("%s: %v\n%s", name, err, rec.Value)
			}
			if key := e.Extensions()["partitionkey"]; key != string(rec.Key) {
				t.Fatalf("%s: partitionkey %v, key %s", name, key, rec.Key)
			}
		}
	}
}
