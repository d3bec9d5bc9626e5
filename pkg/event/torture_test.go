package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

var (
	tortureSeed = flag.Uint64("torture.seed", 0, "seed of TestG7_WhatIsWrittenIsRead (default: the time)")
	tortureRuns = flag.Int("torture.n", 150, "messages of each contract and format in TestG7_WhatIsWrittenIsRead")
)

// Random messages of contracts with everything that writers and readers may understand
// differently: either Encode refuses the message, or Decode returns it equal, and
// protojson reads the same in the payload. Run it for longer with -torture.n, and again
// with -torture.seed and the seed that a failure prints.
func TestG7_WhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	seed := *tortureSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for _, format := range formats {
		for name, source := range contracttest.Torture(format) {
			t.Run(format+"/"+name, func(t *testing.T) {
				t.Parallel()
				t.Logf("-torture.seed=%d", seed)
				files := contracttest.Compile(t, source)
				r, err := event.NewRegistry(files)
				if err != nil {
					t.Fatal(err)
				}
				f := &contracttest.Filler{Rand: rand.New(rand.NewPCG(seed, 1)), Types: r.Types(), Files: files} //nolint:gosec // it has to be repeatable
				written := 0
				for range *tortureRuns {
					msg := dynamicpb.NewMessage(r.Contracts()[0].Descriptor)
					f.Message(msg)
					if writtenAndRead(t, r, msg) {
						written++
					}
				}
				if written < *tortureRuns/4 {
					t.Errorf("%d of %d messages were written: the others prove little", written, *tortureRuns)
				}
			})
		}
	}
}

// writtenAndRead reports whether a message was written, and then was read equal.
func writtenAndRead(t *testing.T, r *event.Registry, msg *dynamicpb.Message) bool {
	t.Helper()
	before := proto.Clone(msg)
	rec, err := r.Encode(context.Background(), msg, event.WithSource("/s"))
	if !proto.Equal(before, msg) {
		t.Fatalf("Encode changed the caller's message to %v", msg)
	}
	if err != nil {
		if !errors.Is(err, event.ErrInvalid) {
			t.Fatal(err)
		}
		return false
	}
	want := proto.Clone(msg)
	contracttest.Normal(want.ProtoReflect())
	same := func(who string, got proto.Message, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("it is written, and %s cannot read it: %v\n%s", who, err, rec.Value)
		}
		if !proto.Equal(want, got) {
			t.Fatalf("%s reads something else (-want +got):\n%s\n%s", who, cmp.Diff(want, got, protocmp.Transform()), rec.Value)
		}
	}
	_, got, err := r.Decode(rec)
	same("Decode", got, err)

	payload := payloadOf(t, r.Topics()[0].Format, rec)
	theirs := dynamicpb.NewMessage(msg.Descriptor())
	same("protojson", theirs, protojson.UnmarshalOptions{Resolver: r.Types(), RecursionLimit: 10_000}.Unmarshal(payload, theirs))

	// Their JSON, with JSON names, in an envelope of ours.
	foreign, err := protojson.MarshalOptions{Resolver: r.Types()}.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	value := append([]byte("{"+probeMeta+`,"data":`), append(foreign, '}')...)
	_, got, err = r.Decode(event.Record{Topic: "torture", Value: value})
	same("Decode of protojson's", got, err)
	return true
}

// payloadOf cuts the payload out of a record with encoding/json.
func payloadOf(t *testing.T, f event.Format, rec event.Record) []byte {
	t.Helper()
	var bare bytes.Buffer
	if err := json.Compact(&bare, rec.Value); err != nil || bare.String() != string(rec.Value) {
		t.Fatalf("not compact JSON (%v): %s", err, rec.Value)
	}
	if f == event.FormatCloudEventsBinary {
		return rec.Value
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(rec.Value, &members); err != nil {
		t.Fatal(err)
	}
	if f != event.FormatFlat {
		return members["data"]
	}
	for _, name := range event.ReservedFields() {
		delete(members, name)
	}
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
